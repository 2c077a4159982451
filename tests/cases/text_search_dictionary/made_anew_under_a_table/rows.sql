insert into notes (body) values ('the notes');
