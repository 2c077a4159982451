create domain email as text
  constraint has_an_at check (value like '_%@%')
  check (length(value) < 100)
  check (value <> '')
  not null;
create domain public.price as numeric(14, 3) default 0 check (value < 1000000);
create domain codes as varchar(8)[] collate "POSIX" constraint there not null;
create domain discount as price check (value < 100);
create function with_tax(p price) returns price language sql as 'select p * 1.2';
create view prices as select 5::price as price, with_tax(7) as taxed, array[1, 2]::price[] as more;
create view cheap as select price from prices where price < with_tax(10);
create view mails as select email::email as email from customers;
