create type size as (width int, height numeric(6, 2));
create type public.crate as (label varchar(20) collate "C", sizes size[], at timestamptz);
create type nothing as ();
