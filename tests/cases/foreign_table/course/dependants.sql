create foreign data wrapper plain;
create server archive foreign data wrapper plain;
create server other foreign data wrapper plain;
create foreign table archived (
  at timestamptz default now() not null,
  id bigint default 7,
  label varchar(40) collate "C",
  doubled numeric generated always as (id * 3) stored,
  constraint archived_positive check (id > 10)
) server archive options (name 'old orders', added 'x');
create foreign table bare (only_one integer options (a 'b')) server other;
create foreign table notes (note text not null) server other options (a 'b');
create view old_labels as select label, id from archived;
create view older_labels as select * from old_labels where id < 100;
create function first_at() returns timestamptz language sql begin atomic select min(at) from archived; end;
create function keep() returns trigger language plpgsql as 'begin return null; end';
create trigger kept before delete on archived for each row execute function keep();
create statistics archived_labels on id, label from archived;
create function labelled(archived) returns text language sql as 'select $1.label';
