create foreign data wrapper "Größe ""x"" 1" options ("select" '$$', "ä b" 'x');
create foreign data wrapper "select";
create foreign data wrapper "a wrapper with a name that is as long as PostgreSQL lets any be";
create foreign data wrapper pg_files;
create server "Größe, s" foreign data wrapper "Größe ""x"" 1";
