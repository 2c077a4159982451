create view ours as select id, name, amount from items;
create view positive as select id, name from items where amount > 0;
