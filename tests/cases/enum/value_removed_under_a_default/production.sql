create table holds (m mood default 'ok');
