create collation german (provider = icu, locale = 'de', deterministic = false);
create view names as select name collate german as name from customers;
