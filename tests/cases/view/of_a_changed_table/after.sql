create view named as select o.id, c.nick, o.total, o.note from orders o join customers c on c.id = o.customer_id;
create view totals as select sum(total) as total from named;
