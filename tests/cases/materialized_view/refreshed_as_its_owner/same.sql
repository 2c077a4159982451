select 'theirs', id, amount from theirs union all select 'ours', id, amount from ours order by 1, 2
