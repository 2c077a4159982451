create materialized view sales as select id, total from orders;
create unique index sales_key on sales (id, total);
CREATE INDEX sales_total ON public.sales (total);
