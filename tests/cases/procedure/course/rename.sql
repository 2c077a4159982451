create procedure clean(number integer) language sql as 'delete from orders where id > number';
CREATE PROCEDURE nothing() LANGUAGE plpgsql AS $$begin null; end$$;
