create text search configuration "It's ""so""" (parser = default);
create text search configuration größe (parser = default);
create text search dictionary "My ""own""" (template = simple);
alter text search configuration "It's ""so""" add mapping for "word" with "My ""own""";
alter text search configuration größe add mapping for int with simple;
alter text search configuration größe add mapping for float with "My ""own""", simple;
