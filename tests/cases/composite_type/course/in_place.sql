create type size as (width bigint, height numeric(6, 2), unit text collate "C");
create type public.crate as (sizes size[], at timestamptz, note varchar(20) collate "POSIX");
create type nothing as (something int);
