create type hours_of_day as range (subtype = time, multirange_type_name = spans);
create type public.numbers as range (subtype = float8);
create type words as range (subtype = text, subtype_opclass = text_pattern_ops, collation = "C");
create type amounts as range (subtype = numeric);
create domain evening as hours_of_day check (lower(value) > '17:00');
create function hours(s hours_of_day) returns text language sql as 'select lower(s)::text';
create view open_at as select hours_of_day('08:00', '12:00') as s, hours(hours_of_day('08:00', '12:00')) as h, spans(hours_of_day('08:00', '12:00')) as many;
create view measures as select '{[1,2]}'::numbers_multirange as m, null::evening as e, array[numbers(1, 2)] as f;
create view measured as select upper(m) from measures;
