create view ours as select from items where name <> 'a';
