create materialized view sales as select id, total from orders;
CREATE MATERIALIZED VIEW public.empty (n) WITH (fillfactor = 70) AS SELECT 1 WITH NO DATA;
