select id, s::text, many::text, all_of::text, id in (select id from starts) from booked order by id
