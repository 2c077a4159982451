create procedure archive(a integer) language sql as 'select a';
create procedure archive_all() language sql as 'call archive(1)';
