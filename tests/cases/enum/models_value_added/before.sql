create view moods as select mood from customers;
