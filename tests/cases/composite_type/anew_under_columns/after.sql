create type size as (height bigint, width int, unit text);
create type crate as (color text, label text, size size);
create domain flat as size check ((value).height < 100);
