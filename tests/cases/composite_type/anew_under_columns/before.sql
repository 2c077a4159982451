create type size as (width int, height int);
create type crate as (label text, size size, color text);
create domain flat as size check ((value).height < 100);
