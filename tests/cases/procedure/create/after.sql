create procedure archive(before date default '2020-01-01', inout n integer default null)
language plpgsql as $$
begin
  n := 1;
end
$$;
