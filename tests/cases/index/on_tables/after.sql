create function short(t text) returns text language sql immutable return left(t, 3);
create index orders_short on orders (short(status)) where status <> '';
create unique index "By ""size""" on "Order Lines" ("Größe" desc nulls last) include (id, "order");
create index orders_total on orders using brin (total);
create index orders_weight on orders (weight) where weight > 1 and note is not null;
