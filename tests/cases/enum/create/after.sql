create type mood as enum ('sad', 'it''s ok', 'a, b', '');
create function cheer(m mood default 'sad') returns mood language sql as $$ select m $$;
