create text search template plain (init = dsimple_init, lexize = dsimple_lexize);
create text search template "full" (init = dsnowball_init, lexize = dsnowball_lexize);
