create statistics orders_spots (dependencies) on status, customer_id, total from orders;
CREATE STATISTICS public.orders_sums ON customer_id, (total * 3) FROM public.orders;
