create materialized view v as select id, total from orders;
create unique index v_id on v (id);
create view w as select id from v;
