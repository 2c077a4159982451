create type span as range (subtype = time);
create type public.floats as range (subtype_diff = float8mi, subtype = float8, multirange_type_name = many);
create type words as range (subtype = text, subtype_opclass = text_pattern_ops, collation = "C");
create type amounts as range (subtype = numeric, subtype_diff = numrange_subdiff);
