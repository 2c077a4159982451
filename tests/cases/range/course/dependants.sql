create type span as range (subtype = timetz, multirange_type_name = spans);
create type public.floats as range (subtype = real);
create type words as range (subtype = text, subtype_opclass = text_pattern_ops, collation = "POSIX");
create type amounts as range (subtype = numeric);
create domain evening as span check (lower(value) > '17:00');
create function hours(s span) returns text language sql as 'select lower(s)::text';
create view open_at as select span('08:00', '12:00') as s, hours(span('08:00', '12:00')) as h, spans(span('08:00', '12:00')) as many;
create view measures as select '{[1,2]}'::floats_multirange as m, null::evening as e, array[floats(1, 2)] as f;
create view measured as select upper(m) from measures;
