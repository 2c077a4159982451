create view ours as select id, name from items;
create view a_user as select null::varchar(40) as name from items;
create view c_user as select name from a_user;
