create procedure "Tidy ""in"" Köln"("the n" integer) language sql as 'select "the n"';
create procedure "a name of sixty-three bytes, which is the longest that there ca"("select" text) language sql as 'select 1';
