create foreign data wrapper plain;
create server archive foreign data wrapper plain;
create user mapping for public server archive;
create user mapping for pg_monitor server archive options (user 'it''s', passfile '/etc/archive.pgpass', password_required 'true');
