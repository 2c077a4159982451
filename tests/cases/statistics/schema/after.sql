create schema shop;
create statistics shop.pairs (mcv) on id, text from notes;
create statistics pairs on id, text from notes;
