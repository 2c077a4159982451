create view a as select 1 as n;
create view b as select n from a;
