create text search dictionary "It's ""so""" (template = simple);
create text search dictionary "select" (template = simple, stopwords = 'english');
create text search dictionary größe (template = simple);
create text search dictionary a23456789012345678901234567890123456789012345678901234567890123 (template = simple);
create text search configuration ours (parser = default);
alter text search configuration ours add mapping for word with "It's ""so""", "select", größe;
