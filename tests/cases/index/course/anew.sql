create materialized view sales as select id, total from orders;
create unique index sales_id on sales (id, total);
CREATE INDEX sales_total ON public.sales (total);
