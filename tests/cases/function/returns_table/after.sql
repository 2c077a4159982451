create function f(since date) returns table (id integer, "E-Mail" text, n bigint) language sql stable
as $$ select id, email, 1 from customers where joined > since $$;
