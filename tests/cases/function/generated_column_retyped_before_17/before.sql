create function total() returns bigint language sql begin atomic select sum(value) from readings; end;
