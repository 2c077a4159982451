create type span as range (subtype = timetz, multirange_type_name = spans);
create type public.floats as range (subtype = real);
create type words as range (subtype = text, subtype_opclass = text_pattern_ops, collation = "POSIX");
create type amounts as range (subtype = numeric);
