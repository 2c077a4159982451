insert into customers values (1, 'sad'), (2, null);
