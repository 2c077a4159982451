create materialized view sales as select id, status, total from orders;
create unique index sales_id on sales (id) include (total);
create index sales_status on sales using btree (lower(status) text_pattern_ops desc nulls last) where total > 0;
