create table holds (id integer, item ours);
