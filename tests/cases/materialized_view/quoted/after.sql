create materialized view "Verkäufe, (alle)" as select "Größe" + 1 as "Wert %" from "Order Lines";
create unique index "Größter ""Wert""" on "Verkäufe, (alle)" ("Wert %");
create view "Order" as select "Wert %" from "Verkäufe, (alle)";
