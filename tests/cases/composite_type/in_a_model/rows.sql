insert into customers values (1, (2, 3), 4, '[08:00,09:00]', null);
