create view moods as select mood, moods from customers;
