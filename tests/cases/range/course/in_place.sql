create type span as range (subtype = time, multirange_type_name = spans);
create type public.floats as range (subtype_diff = float8mi, subtype = float8);
create type words as range (subtype = text, subtype_opclass = text_pattern_ops, collation = "C");
create type amounts as range (subtype = numeric, subtype_diff = numrange_subdiff);
