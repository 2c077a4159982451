create type "It's ""so""" as enum ('a', 'b');
create function "Lex"(internal) returns internal immutable language internal as 'prsd_lextype';
create transform for "It's ""so""" language sql (from sql with function "Lex"(internal));
