create function f(since date) returns table (id integer, "E-Mail" text) language sql stable
as $$ select id, email from customers where joined > since $$;
