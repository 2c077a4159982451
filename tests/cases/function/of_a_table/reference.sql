create function active() returns setof customers language sql stable as 'select * from customers where is_active';
create function label(customers) returns text language sql as 'select $1.name';
create view active_customers as select id, name, a.label from active() a;
