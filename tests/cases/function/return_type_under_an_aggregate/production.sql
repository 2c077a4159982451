create aggregate total(integer) (sfunc = plus, stype = integer);
