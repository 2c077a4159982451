create foreign data wrapper plain;
create foreign data wrapper other;
create server archive type 'files' foreign data wrapper plain options (host 'there', "Größe" '1');
create server bare version '2' foreign data wrapper other;
create server undecided foreign data wrapper other options (a 'b');
