create procedure clear(lowest integer) begin atomic update items set amount = 0 where amount < lowest; end;
create procedure clear_all() begin atomic delete from items where amount = 3; select max(amount) from items; end;
comment on procedure clear_all() is 'one after the other';
alter procedure clear(integer) security definer;
revoke execute on procedure ours() from public;
grant execute on procedure ours() to pg_monitor;
