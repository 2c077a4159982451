create text search template "It's ""so""" (lexize = dsimple_lexize);
create text search template "select" (lexize = dsimple_lexize);
create text search template größe (lexize = dsimple_lexize);
create text search template a23456789012345678901234567890123456789012345678901234567890123 (lexize = dsimple_lexize);
create text search dictionary ours (template = "It's ""so""");
