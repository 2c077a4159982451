create statistics "Größe on ""x"", (y) %s" on "order", "Größe" from "Order Lines";
