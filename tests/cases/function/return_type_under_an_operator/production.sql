create operator ~~> (leftarg = integer, rightarg = integer, function = plus);
