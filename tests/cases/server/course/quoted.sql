create foreign data wrapper "Plain one";
create server "Größe ""x"" 1" foreign data wrapper "Plain one" options ("select" '$$');
create server "select" foreign data wrapper "Plain one";
create server pg_replica foreign data wrapper "Plain one";
create server "a server with a name that is as long as PostgreSQL can let it be" foreign data wrapper "Plain one";
create user mapping for public server pg_replica options (user 'x');
create foreign table t (id integer) server "Größe ""x"" 1";
