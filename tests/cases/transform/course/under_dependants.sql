create transform for int language sql (from sql with function prsd_lextype(internal), to sql with function int4recv(internal));
create transform for text language plpgsql (from sql with function prsd_lextype(internal), to sql with function textrecv(internal));
create function plus_one(n int) returns int transform for type int language sql as 'select n + 1';
