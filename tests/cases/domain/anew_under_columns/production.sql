create table sold (
  id serial primary key,
  price price not null default 1,
  prices price[] default '{1,2}',
  cheap cheap unique,
  feeling feeling default 'happy',
  feelings feeling[],
  doubled numeric generated always as (price * 2) stored
);
insert into sold (price, prices, cheap, feeling, feelings) values
  (1.5, '{3,4.25}', 7.25, 'sad', '{happy,sad}'), (2, null, null, null, '{}');
create index on sold (price) where cheap > 5;
alter table sold add constraint dear check (price > cheap or cheap < 9);
alter table sold alter column prices set storage external;
alter table sold alter column price set statistics 50;
comment on column sold.price is 'in euros';
create view expensive as select id from sold where price > 1 and feeling is not null;
create view expensive_prices as select price, cheap from sold join expensive using (id);
create statistics sold_both on price, cheap from sold;
create table booked (cheap cheap references sold (cheap));
insert into booked values (7.25);
create table counted (n numbered, at date) partition by range (at);
create table counted_first partition of counted for values from ('2025-01-01') to ('2026-01-01');
create index on counted (n);
insert into counted values (3, '2025-05-05');
create sequence counting owned by counted.n;
create function sum_of(p price) returns price language sql as 'select p + 1';
create trigger kept before update of price on sold for each row execute function suppress_redundant_updates_trigger();
alter table sold enable row level security;
create policy cheap_ones on sold using (cheap is not null);
grant select (price) on sold to pg_monitor;
comment on constraint price_check on domain price is 'it''s 100%';
comment on constraint cheap_check on domain cheap is 'cheap';
