create procedure tidy(n integer) language sql as 'delete from orders where id > n';
CREATE PROCEDURE nothing() LANGUAGE plpgsql AS $$begin null; end$$;
