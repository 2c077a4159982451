create view ours as select id from items;
create view kept with (security_barrier = true, check_option = local) as select id from items;
