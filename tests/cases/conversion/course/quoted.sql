create conversion "It's ""so""" for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create conversion "select" for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create conversion größe for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create conversion a23456789012345678901234567890123456789012345678901234567890123
  for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
