create schema shop;
create collation shop.plain (provider = libc, locale = 'C');
create collation plain (provider = libc, locale = 'POSIX');
create view shop.names as select name collate shop.plain as a, name collate plain as b from customers;
