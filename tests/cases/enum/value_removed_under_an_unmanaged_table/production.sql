create table holds (m mood);
insert into holds values ('ok');
