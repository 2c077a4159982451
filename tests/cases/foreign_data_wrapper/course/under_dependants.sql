create foreign data wrapper files
  validator pg_catalog.postgresql_fdw_validator;
create foreign data wrapper bare options (debug 'true', trace 'on');
create foreign data wrapper checked;
create server archive foreign data wrapper bare;
create foreign table archived (id integer) server archive;
create view old_ids as select id from archived;
