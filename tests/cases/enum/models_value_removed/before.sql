create view moods as select mood from customers;
create view moods_again as select mood, count(*) from moods group by mood;
