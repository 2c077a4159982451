create materialized view sales as select id, total from orders;
create unique index sales_id on sales (id);
CREATE INDEX sales_total ON public.sales USING btree (total DESC NULLS LAST, (id + 1)) INCLUDE (id) WHERE total > 1;
