create statistics orders_places on status, customer_id from orders;
CREATE STATISTICS public.orders_sums (ndistinct, mcv) ON customer_id, (total * 2) FROM public.orders;
