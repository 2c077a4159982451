insert into customers default values;
insert into customers default values;
comment on sequence ticket is 'of the counter';
grant usage on sequence ticket to pg_monitor;
