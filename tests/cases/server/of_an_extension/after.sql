create extension postgres_fdw;
create server archive foreign data wrapper postgres_fdw options (host 'archive.invalid', fetch_size '500', port '5433');
create user mapping for public server archive options (user 'other', sslcert '/etc/archive.crt', sslkey '/etc/archive.key');
create foreign table old_orders (id bigint, total numeric(12, 2) not null) server archive options (schema_name 'old');
create view old_totals as select sum(total) as total from old_orders;
