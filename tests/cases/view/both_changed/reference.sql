create view a as select id, created_at as created from orders;
create view b as select id, created from a;
