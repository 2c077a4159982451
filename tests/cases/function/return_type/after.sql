create function one() returns bigint language sql as 'select 1';
