grant execute on function worth(integer) to pg_monitor with grant option;
