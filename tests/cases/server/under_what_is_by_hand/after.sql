create foreign data wrapper plain;
create server archive type 'new' foreign data wrapper plain;
create foreign table archived (id integer not null, note text default 'x', constraint big check (id > 1)) server archive;
