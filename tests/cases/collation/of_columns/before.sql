create collation plain (provider = libc, locale = 'C');
create view lengths as select id, length(name) as length from people;
create view names as select name from people order by nick collate plain;
create function first_name() returns text language sql begin atomic
  select min(name) from people;
end;
