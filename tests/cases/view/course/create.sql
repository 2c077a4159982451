create view open_orders as select id, total from orders where status = 'open';
CREATE OR REPLACE VIEW public.numbers (n, twice) WITH (security_barrier = true) AS SELECT 1, 2;
