create table holds (m mood, n mood[]);
insert into holds values ('ok', '{sad}'), ('so', null), ('sad', null);
