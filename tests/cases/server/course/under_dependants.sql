create foreign data wrapper plain;
create foreign data wrapper other;
create server archive type 'db' foreign data wrapper other options (host 'there', "Größe" '1');
create server bare version '2' foreign data wrapper other;
create server undecided foreign data wrapper other options (a 'b');
create user mapping for public server archive options (user 'reader');
create foreign table archived (id integer options (key 'true'), total numeric not null default 0) server archive options (name 'a');
create view old_totals as select sum(total) as total from archived;
create function last_total() returns numeric language sql begin atomic select max(total) from archived; end;
