create view b as select 1 as n;
create view a as select n from b;
