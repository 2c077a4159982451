create function f(id bigint) returns numeric language sql stable
begin atomic
  select 1;
  select total from orders where orders.id = f.id;
end;
