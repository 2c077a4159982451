create schema shop;
create operator family shop.numbers using btree;
create operator family numbers using btree;
create operator class shop.small_numbers for type smallint using btree family shop.numbers as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint2cmp(smallint, smallint);
