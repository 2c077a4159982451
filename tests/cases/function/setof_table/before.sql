create function active() returns setof customers language sql stable as 'select * from customers where is_active';
create view active_customers as select id, name from active();
