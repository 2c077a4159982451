create function "Twice ""in"" Köln"("the n" integer) returns integer language sql as 'select 2 * "the n"';
create function "a name of sixty-three bytes, which is the longest that there ca"("select" text) returns text language sql return "select";
