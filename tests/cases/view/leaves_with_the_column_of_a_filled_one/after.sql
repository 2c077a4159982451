create materialized view stock as select id from items;
create view weights as select null::integer as weight from stock;
create view report as select weight from weights;
