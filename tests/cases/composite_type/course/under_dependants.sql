create type size as (height numeric(6, 2), unit text collate "C", width bigint);
create type public.crate as (sizes size[], weight real, at timestamptz, note varchar(20) collate "POSIX");
create type nothing as (something int);
create domain flat as size check ((value).height is null);
create function area(s size) returns numeric language sql as 'select s.width * s.height';
create view areas as select area(row(2, 'm', 1)::size) as area, row(2, 'm', 1)::size as size;
create view wide as select (size).width as width from areas where (size).unit = 'm';
create materialized view crates as select null::crate as b, null::flat as f, array[row(2, 'm', 1)::size] as sizes;
