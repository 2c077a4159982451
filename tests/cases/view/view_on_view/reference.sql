create view a as select 1 as n;
create view b as select n + 1 as n from a;
create view c as select n + 1 as n from b;
