create foreign data wrapper plain;
create server archive foreign data wrapper plain;
create server other foreign data wrapper plain;
create foreign table archived (
  id integer options (key 'true', column_name 'ID') not null,
  label varchar(20) collate "C" default 'it''s \ 50%',
  total numeric(10, 2)[],
  doubled numeric generated always as (id * 2.5) stored,
  constraint archived_positive check (id > 0),
  check (label <> '') no inherit
) server archive options (name 'orders', "Größe" '1');
create foreign table bare () server other;
create foreign table notes (note text) server archive;
