create view a as select id, total from orders;
create view b as select id, total from a;
