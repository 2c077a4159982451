create procedure tidy(n integer) language sql as 'delete from orders where id = n';
CREATE OR REPLACE PROCEDURE public.nothing() LANGUAGE plpgsql SECURITY DEFINER SET work_mem = '1MB' AS $$begin null; end$$;
