create foreign data wrapper plain;
create server archive foreign data wrapper plain;
create server other foreign data wrapper plain;
create foreign table archived (
  id integer options (set_later '1', key 'false') default 7,
  label varchar(40) collate "C",
  doubled numeric generated always as (id * 2.5) stored,
  at timestamptz default now() not null,
  constraint archived_positive check (id > 10),
  check (label <> '') no inherit,
  constraint archived_labelled check (label is not null)
) server archive options (name 'old orders', added 'x');
create foreign table bare (only_one integer options (a 'b')) server other;
create foreign table notes (note text not null) server archive options (a 'b');
