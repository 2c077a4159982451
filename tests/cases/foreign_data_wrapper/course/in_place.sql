create foreign data wrapper files
  validator pg_catalog.postgresql_fdw_validator;
create foreign data wrapper bare options (level '1', debug 'false');
create foreign data wrapper checked;
