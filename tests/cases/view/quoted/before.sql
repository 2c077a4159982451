create view "Größen, (alle) on ""x""" as select "Größe" as "Wert", "order" from "Order Lines";
create view "select" as select "Wert" from "Größen, (alle) on ""x""";
