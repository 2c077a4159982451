create view "Sales %" as select status as "Status's", id as "select" from orders;
alter view "Sales %" alter column "Status's" set default 'it''s; 100 %';
alter view "Sales %" alter column "select" set default 1;
