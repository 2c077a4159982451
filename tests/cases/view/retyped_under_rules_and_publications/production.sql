create table log (item integer, amount bigint);
create rule kept as on insert to items where new.amount > 9 do also insert into log values (new.id, new.amount);
create rule off as on update to items where old.amount > new.amount do also delete from log where item = old.id;
alter table items disable rule off;
comment on rule kept on items is 'the big ones';
create publication picked for table items where (amount > 0), table log;
create publication columns for table items (id, amount) with (publish = 'insert');
create publication others for table log where (item > 3);
