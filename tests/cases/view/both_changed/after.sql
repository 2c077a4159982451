create view b as select id, created from a;
create view a as select id, created_at as created from orders;
