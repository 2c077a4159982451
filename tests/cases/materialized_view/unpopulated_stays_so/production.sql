create materialized view theirs as select amount from items with no data;
create materialized view filled as select amount from items;
create index theirs_amount on theirs (amount);
refresh materialized view ours with no data;
