create foreign data wrapper plain;
create server "Größe, 1" foreign data wrapper plain;
create user mapping for pg_monitor server "Größe, 1";
