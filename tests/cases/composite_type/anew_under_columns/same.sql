select id, (size).width::int, (size).height::int, (select array_agg((s).height::int) from unnest(sizes) s),
       (crate).label, ((crate).size).width, crate is null, size is not distinct from null, (flat).height::int
  from kept order by id
