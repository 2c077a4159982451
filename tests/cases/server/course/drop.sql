create foreign data wrapper "Plain one";
create server "select" foreign data wrapper "Plain one";
