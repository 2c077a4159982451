create procedure f(in a integer, out b integer) language sql as 'select a + 1';
