create schema shop;
create schema "Größer";
create type shop.span as range (subtype = time);
create type "Größer".span as range (subtype = shop.span, multirange_type_name = shop.other);
create view spans as select '[08:00,09:00]'::shop.span as one, "Größer".other() as other, shop.span_multirange() as many;
