create function active(variadic names text[] default '{}') returns setof customers language sql stable rows 10
as 'select * from customers where is_active';
create view active_customers as select id, name from active();
create function label(customers) returns text language sql as 'select $1.name';
create view labels as select c.label from customers c;
