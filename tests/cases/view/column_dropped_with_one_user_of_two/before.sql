create view ours as select id, name from items where day is not null;
create view a_user as select name from ours;
create view b_user as select ours.name from a_user cross join ours;
