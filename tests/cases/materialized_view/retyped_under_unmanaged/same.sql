select id, name, amount, null from figures
 union all select n, null, null, null from on_ours
 union all select id, name, amount, 'ours' from ours order by 1, 2, 3, 4
