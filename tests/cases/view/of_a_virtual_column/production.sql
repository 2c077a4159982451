insert into sold (id, price) values (1, 2.5);
alter table sold rename constraint sold_price_not_null to has_a_price;
alter table sold rename constraint sold_tripled_not_null to has_three;
alter table sold rename constraint sold_id_not_null to has_a_number;
create view triple as select tripled, doubled from sold;
