create function f(id bigint) returns numeric language sql stable
begin atomic
  select 2;
  select total + 0 from orders where orders.id = f.id;
end;
