create foreign data wrapper plain;
create server archive type 'old' foreign data wrapper plain;
create foreign table archived (id integer not null, note text default 'x', constraint big check (id > 1)) server archive;
