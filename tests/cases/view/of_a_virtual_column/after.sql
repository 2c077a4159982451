create view sales as select id, doubled, more from sold where doubled > 1;
