create view ours as select id from items where amount > 0;
