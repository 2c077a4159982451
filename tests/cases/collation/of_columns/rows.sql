insert into people (name, nick) values ('a', 'b'), ('b', null);
