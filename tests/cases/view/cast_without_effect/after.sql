create view ours as select id, amount::bigint as amount from items;
create view on_ours as select amount from ours;
create materialized view stored as select amount::bigint + 1 as more from items;
