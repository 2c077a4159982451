create foreign data wrapper plain;
create server archive foreign data wrapper plain;
create user mapping for public server archive options (user 'x');
create user mapping for pg_monitor server archive options (user 'other', "Größe" '1');
