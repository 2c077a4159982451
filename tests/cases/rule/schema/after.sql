create schema shop;
create rule kept as on delete to shop.notes where old.id > 1 do instead nothing;
