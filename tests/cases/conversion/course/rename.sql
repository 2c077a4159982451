create default conversion ours for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create conversion usual for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1;
