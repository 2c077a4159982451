create view ours as select id, upper(name)::varchar(40) as name from items where amount > 0;
