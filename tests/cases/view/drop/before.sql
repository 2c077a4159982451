create view a as select 1 as n;
create view b as select n from a;
create view c as select n from b union all select n from a;
