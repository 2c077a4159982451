alter function worth(integer) security definer cost 7;
alter function worth(integer) set work_mem = '8MB';
grant execute on function worth(integer) to pg_monitor with grant option;
