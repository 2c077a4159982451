select 'sold', s::text, null::text from sold s union all
select 'counted', c::text, tableoid::regclass::text from counted c union all
select 'expensive', id::text, null from expensive union all
select 'prices', p::text, null from expensive_prices p
order by 1, 2
