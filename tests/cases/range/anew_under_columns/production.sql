create table booked (id int, s span not null, many span[], all_of span_multirange, exclude using gist (s with &&));
insert into booked values (1, '[1,3)', '{"[2,4]",empty}', '{[1,2],[5,9)}'), (2, '[9,)', null, null);
create index on booked (lower(s));
create view starts as select id, lower(s)::text from booked where s <@ '[1,100)';
