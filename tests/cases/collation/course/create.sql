create collation plain (provider = libc, locale = 'C');
create collation copied from "C";
CREATE COLLATION IF NOT EXISTS "public".by_code_point (LC_CTYPE = 'C', lc_collate = 'POSIX', deterministic);
create collation points (locale = 'C.UTF-8', provider = builtin);
