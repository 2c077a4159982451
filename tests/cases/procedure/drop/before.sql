create procedure archive() language sql as 'select 1';
create procedure archive(integer) language sql as 'call archive()';
