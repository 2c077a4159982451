create type "Mood" as enum ('sad');
create function "f ""x""" ("a b" "Mood") returns int language sql as 'select 1';
revoke execute on function "f ""x"""("Mood") from public;
revoke usage on type "Mood" from public;
