create type extent as (height numeric(6, 2), unit text collate "C", width bigint);
create type public.crate as (sizes extent[], weight real, at timestamptz, note varchar(20) collate "POSIX");
create type nothing as (something int);
create domain flat as extent check ((value).height is null);
create function area(s extent) returns numeric language sql as 'select s.width * s.height';
create view areas as select area(row(2, 'm', 1)::extent) as area, row(2, 'm', 1)::extent as size;
create view wide as select (size).width as width from areas where (size).unit = 'm';
create materialized view crates as select null::crate as b, null::flat as f, array[row(2, 'm', 1)::extent] as sizes;
