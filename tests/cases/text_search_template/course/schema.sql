create schema shop;
create text search template shop.plain (init = dsimple_init, lexize = dsimple_lexize);
create text search template plain (lexize = dsimple_lexize);
create text search dictionary shop.ours (template = shop.plain, accept = false);
