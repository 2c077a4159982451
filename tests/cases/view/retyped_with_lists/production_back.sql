create view theirs as select id, name from items
 where name::text = any (array['c'::character varying::text, 'd'::character varying::text]);
create policy chosen on items
 using (name::text = any (array['e'::character varying::text, 'f'::character varying::text]));
