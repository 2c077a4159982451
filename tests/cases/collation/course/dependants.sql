create collation plain (provider = libc, locale = 'POSIX');
create collation copied from "POSIX";
create collation by_code_point (lc_collate = 'C', lc_ctype = 'POSIX');
create collation points (provider = builtin, locale = 'C');
create view names as select id, name collate plain as name, name as other from customers;
create view long_names as select upper(name) as name from names where length(other) > 9;
create materialized view sorted as select id, name from customers order by name collate copied;
create index sorted_by_name on sorted (name collate points);
create function is_before(a text, b text) returns boolean language sql begin atomic
  select a < b collate by_code_point;
end;
create domain short as text collate plain check (length(value) < 9);
create type pair as (a text collate copied, b int);
create view shortened as select 'a'::short as a, ('b', 1)::pair as b;
