create function label(row_of ours) returns text language sql stable begin atomic select row_of.name; end;
create function all_of() returns setof ours language sql as 'select * from ours';
create function above(lowest integer default 3) returns bigint language sql security definer cost 7
begin atomic select count(*) from items where amount > lowest; end;
create function twice() returns bigint language sql begin atomic select above() + above(2); end;
create procedure empty(lowest integer) begin atomic delete from items where amount < lowest; end;
create function text_only() returns bigint language plpgsql as 'declare o ours%rowtype; begin return 1; end';
create view labelled as select label(o.*) as l from ours o;
comment on function label(ours) is 'a name';
comment on procedure empty(integer) is 'less';
alter function above(integer) set work_mem = '8MB';
alter function above(integer) owner to pg_monitor;
grant select on items to pg_monitor;
revoke execute on function twice() from public;
grant execute on function twice() to pg_monitor with grant option;
grant execute on procedure empty(integer) to pg_read_all_stats;
