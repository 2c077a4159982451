create rule "Größe on ""x"", (y)" as on update to "Order Lines"
where new."Größe" > 1 do also update customers as "New ""c""" set name = ':a \ %s;' where "New ""c""".id = new."order";
