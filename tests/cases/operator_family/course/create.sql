create operator family numbers using btree;
CREATE OPERATOR FAMILY public.numbers USING hash;
create operator family words using gist;
