create function write_it() returns trigger language plpgsql as 'begin return new; end';
create view open_orders as select id, status from orders where status = 'open';
create trigger write_it instead of update on open_orders for each row execute function write_it();
