insert into customers values (1, 'x');
insert into orders values (1, 1, 2.5);
