create collation plain (provider = libc, locale = 'POSIX');
create collation copied from "POSIX";
create collation by_code_point (lc_collate = 'C', lc_ctype = 'POSIX');
create collation points (provider = builtin, locale = 'C');
