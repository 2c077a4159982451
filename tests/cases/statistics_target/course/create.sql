alter statistics orders_places set statistics 0500;
create statistics orders_places on status, total from orders;
create statistics more on status, tags from orders;
alter statistics public.more set statistics 0;
