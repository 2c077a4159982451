create view ours as select id from items;
create view a_user as select null::varchar(40) as name from ours;
