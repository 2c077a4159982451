create rule "Größe on ""x"", (y)" as on update to "Order Lines"
where new."Größe" > 2 do also update customers as "New ""c""" set name = ':a \ %s;' where "New ""c""".id = new."order";
create rule "order" as on delete to "Order Lines" do also notify "Lines; %s", 'it''s :a';
