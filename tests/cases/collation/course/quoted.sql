create collation "Sort ""it"" 'so'" (provider = libc, locale = 'C');
create collation "select" (provider = libc, locale = 'C');
create collation größe from "Sort ""it"" 'so'";
create collation a23456789012345678901234567890123456789012345678901234567890123 (provider = builtin, locale = 'C');
create view "Names" as select name collate "Sort ""it"" 'so'" as a, name collate public."select" as b from customers;
