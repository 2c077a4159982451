create view totals as
select c.email, sum(o.total) as total, count(*) filter (where o.status = 'open') as "open%"
from orders o join customers c on c.id = o.customer_id  -- it's a comment: 100 %
group by c.email;
