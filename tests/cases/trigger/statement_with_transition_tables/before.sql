create function count_them() returns trigger language plpgsql as $$
begin
  perform count(*) from "New rows";
  return null;
end
$$;
create trigger counted after update on orders
referencing new table as "New rows" for each statement execute function count_them();
