create foreign data wrapper plain;
create foreign data wrapper other;
create server archive type 'db' version '1' foreign data wrapper plain options (port '5432', host 'it''s \ here');
create server bare foreign data wrapper plain;
create server undecided version null foreign data wrapper other;
