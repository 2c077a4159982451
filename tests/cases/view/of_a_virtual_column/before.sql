create view sales as select id, doubled from sold where doubled > 1;
