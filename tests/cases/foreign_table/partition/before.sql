create foreign data wrapper plain;
create server archive foreign data wrapper plain;
create foreign table older (id integer options (a 'b') not null, day date not null, note text) server archive;
