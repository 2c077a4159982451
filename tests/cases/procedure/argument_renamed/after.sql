create procedure archive(b integer) language sql as 'select b';
create procedure archive_all() language sql as 'call archive(1)';
