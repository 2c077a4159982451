create type "Mood ""in"" Köln" as enum ('it''s', 'a,b', 'Größe');
create type "a name of sixty-three bytes, which is the longest that there ca" as enum ('select');
