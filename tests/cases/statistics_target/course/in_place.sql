create statistics orders_places on status, total from orders;
create statistics more on status, tags, id from orders;
alter statistics orders_places set statistics 20;
alter statistics public.more set statistics 0;
