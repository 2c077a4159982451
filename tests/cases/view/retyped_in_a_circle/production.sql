create view round as select id, amount from items;
create function label(of round) returns text language sql begin atomic select (of).amount::text; end;
create or replace view round as select id, amount, label(null::round) as label from items;
