create statistics "Lines ""of"" Köln" on "order", "Größe" from "Order Lines";
create statistics "a name of sixty-three bytes, which is the longest that there ca" (mcv) on id, "Größe" from "Order Lines";
