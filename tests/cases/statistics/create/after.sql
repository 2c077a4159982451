create statistics orders_places on status, customer_id from orders;
create statistics orders_worth (mcv, ndistinct) on (total * 2), lower(status), customer_id from orders;
