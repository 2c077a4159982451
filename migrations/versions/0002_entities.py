"""Entities

Revision: 0002_entities
Revises: 0001_initial
Created: 2026-11-22 20:21:06.699860
"""

import sqlalchemy as sa
from alembic import op


revision = '0002_entities'
down_revision = '0001_initial'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_entity(
        'create schema reports',
    )
    op.create_entity(
        'create extension if not exists plpgsql',
    )
    op.create_entity(
        """\
create function order_total(order_id integer) returns numeric
language sql stable
as $$
  select coalesce(sum(line.quantity * line.price), 0)
  from orders_products line
  where line.order_id = order_total.order_id
$$""",
    )
    op.create_entity(
        """\
create function touch_updated_at()
returns trigger
language plpgsql
as $$
begin
  new.updated_at := now();
  return new;
end
$$""",
    )
    op.create_entity(
        """\
create view customer_orders as
select
  o.id,
  c.email,
  o.status,
  order_total(o.id) as total,
  o.created_at
from orders o
join customers c on c.id = o.customer_id""",
    )
    op.create_entity(
        """\
create materialized view reports.sales_by_product as
select
  p.id as product_id,
  p.name,
  sum(line.quantity) as sold,
  sum(line.quantity * line.price) as revenue
from products p
join orders_products line on line.product_id = p.id
group by p.id""",
    )
    op.create_entity(
        """\
create procedure reports.refresh()
language sql
as $$
  refresh materialized view reports.sales_by_product
$$""",
    )
    op.create_entity(
        'create unique index sales_by_product_id on reports.sales_by_product (product_id)',
    )
    op.create_entity(
        'alter table orders enable row level security',
    )
    op.create_entity(
        """\
create trigger orders_touch
before update on orders
for each row
when (old.* is distinct from new.*)
execute function touch_updated_at()""",
    )
    op.create_entity(
        """\
create policy own_orders on orders
for all
using (customer_id in (select id from customers where login = current_user))""",
    )


def downgrade() -> None:
    op.drop_entity(
        """\
create policy own_orders on orders
for all
using (customer_id in (select id from customers where login = current_user))""",
    )
    op.drop_entity(
        """\
create trigger orders_touch
before update on orders
for each row
when (old.* is distinct from new.*)
execute function touch_updated_at()""",
    )
    op.drop_entity(
        'alter table orders enable row level security',
    )
    op.drop_entity(
        'create unique index sales_by_product_id on reports.sales_by_product (product_id)',
    )
    op.drop_entity(
        """\
create procedure reports.refresh()
language sql
as $$
  refresh materialized view reports.sales_by_product
$$""",
    )
    op.drop_entity(
        """\
create materialized view reports.sales_by_product as
select
  p.id as product_id,
  p.name,
  sum(line.quantity) as sold,
  sum(line.quantity * line.price) as revenue
from products p
join orders_products line on line.product_id = p.id
group by p.id""",
    )
    op.drop_entity(
        """\
create view customer_orders as
select
  o.id,
  c.email,
  o.status,
  order_total(o.id) as total,
  o.created_at
from orders o
join customers c on c.id = o.customer_id""",
    )
    op.drop_entity(
        """\
create function touch_updated_at()
returns trigger
language plpgsql
as $$
begin
  new.updated_at := now();
  return new;
end
$$""",
    )
    op.drop_entity(
        """\
create function order_total(order_id integer) returns numeric
language sql stable
as $$
  select coalesce(sum(line.quantity * line.price), 0)
  from orders_products line
  where line.order_id = order_total.order_id
$$""",
    )
    op.drop_entity(
        'create extension if not exists plpgsql',
    )
    op.drop_entity(
        'create schema reports',
    )
