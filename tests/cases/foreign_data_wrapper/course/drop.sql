create foreign data wrapper "select";
