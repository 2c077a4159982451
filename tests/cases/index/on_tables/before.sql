create function short(t text) returns text language sql immutable return left(t, 2);
create index orders_short on orders (short(status)) where status <> '';
create unique index "By ""size""" on "Order Lines" ("Größe" desc nulls last) include (id) with (fillfactor = 60);
create index orders_total on orders (total);
create index orders_open on orders (id) where total > 0;
