create type size as (unit text collate "C", width bigint, height numeric(6, 2));
create type public.crate as (sizes size[], at timestamptz, weight real, note varchar(20) collate "POSIX");
create type nothing as (something int);
