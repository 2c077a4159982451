create function f(in a integer, out b integer, inout c text, out d text) language sql as $$ select a, c, c $$;
