create foreign data wrapper files no handler options (debug 'true', "Odd name" 'it''s \ 50%');
create foreign data wrapper bare;
create foreign data wrapper checked validator postgresql_fdw_validator;
