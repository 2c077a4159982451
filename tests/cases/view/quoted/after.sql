create view "Größen, (alle) on ""x""" as select "Größe" + 1 as "Wert", "order" from "Order Lines";
create view "select" as select "Wert", '%s :name \ $$ """' as t from "Größen, (alle) on ""x""";
