create materialized view turnover as select id, total::bigint as total, status from orders;
create unique index sales_id on turnover (id);
create statistics sales_places on id, status from turnover;
create view best as select id from turnover order by total desc;
