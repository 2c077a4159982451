create view open_orders as select 1 as n;
