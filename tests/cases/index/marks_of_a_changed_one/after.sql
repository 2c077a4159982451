create unique index items_by_id on items (id desc);
create index items_by_name on items (lower(name), amount);
