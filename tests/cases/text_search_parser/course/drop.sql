create schema shop;
create text search configuration shop.ours (parser = default);
