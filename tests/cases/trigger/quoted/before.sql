create function "Berühre, es"() returns trigger language plpgsql as 'begin return new; end';
create trigger "Größe on ""x"", (y)" before update of "Größe" on "Order Lines"
for each row when (new."Größe" > 1) execute function "Berühre, es"('%s', ':a', '\');
