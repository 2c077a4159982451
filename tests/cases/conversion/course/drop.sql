create schema shop;
create conversion plain for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
