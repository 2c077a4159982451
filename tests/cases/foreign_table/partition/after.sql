create foreign data wrapper plain;
create server archive foreign data wrapper plain;
create foreign table older (extra integer) inherits (notes) server archive;
create foreign table days_2024 partition of days (note default 'old', constraint long check (length(note) > 1))
  for values from ('2024-01-01') to ('2025-01-01') server archive options (name '2024');
create foreign table days_rest partition of days default server archive;
create view all_days as select * from days_2024 union all select * from days_rest;
