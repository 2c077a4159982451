create type size as (unit text collate "C", width bigint, height numeric(6, 2));
create type public.crate as (sizes size[], at timestamptz, weight real, note varchar(20) collate "POSIX");
create type nothing as (something int);
create domain flat as size check ((value).height is null);
create function area(s size) returns numeric language sql as 'select s.width * s.height';
create view areas as select area(row('m', 1, 2)::size) as area, row('m', 1, 2)::size as size;
create view wide as select (size).width as width from areas where (size).unit = 'm';
create materialized view crates as select null::crate as b, null::flat as f, array[row('m', 1, 2)::size] as sizes;
