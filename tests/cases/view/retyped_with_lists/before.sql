create view ours as select id, name from items where name in ('a', 'b');
