create statistics "Größe on ""x"", (y) %s" on "order", ("Größe" + 1) from "Order Lines";
create statistics "select" on "order", "Größe" from "Order Lines";
