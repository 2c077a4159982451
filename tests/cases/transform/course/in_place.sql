create transform for int language sql (to sql with function int4recv(internal));
create transform for text language plpgsql (from sql with function prsd_lextype(internal), to sql with function textrecv(internal));
