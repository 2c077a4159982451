create view open_orders as select id, total, status from orders where status <> 'closed';
CREATE OR REPLACE VIEW public.numbers (n, twice) AS SELECT 2, 4;
