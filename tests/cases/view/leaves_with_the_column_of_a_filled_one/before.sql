create materialized view stock as select id, weight from items where sold is null;
create view weights as select weight from stock;
create view heaviest as select max(stock.weight) as weight from stock cross join weights;
create view report as select heaviest.weight from heaviest cross join weights;
