create function other() returns integer language sql as 'select 1';
