create unique index items_by_id on items (id);
create index items_by_name on items (lower(name));
