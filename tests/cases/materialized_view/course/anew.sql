create materialized view sales as select id, total, status from orders;
CREATE MATERIALIZED VIEW public.empty (n) AS SELECT 2 WITH NO DATA;
