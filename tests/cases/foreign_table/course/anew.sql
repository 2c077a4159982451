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
