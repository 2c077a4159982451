create collation german (locale = 'de-u-co-phonebk', provider = icu);
create view names as select name collate german as name from customers;
