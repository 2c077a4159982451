"""Order notes

Revision: 0003_order_notes
Revises: 0002_entities
Created: 2026-11-22 20:21:40.980516
"""

import sqlalchemy as sa
from alembic import op


revision = '0003_order_notes'
down_revision = '0002_entities'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('orders', sa.Column('note', sa.String(), nullable=True))
    op.replace_entity(
        """\
create view customer_orders as
select
  o.id,
  c.email,
  o.status,
  o.note,
  order_total(o.id) as total,
  o.created_at
from orders o
join customers c on c.id = o.customer_id""",
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
        in_place=False,
    )


def downgrade() -> None:
    op.replace_entity(
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
        """\
create view customer_orders as
select
  o.id,
  c.email,
  o.status,
  o.note,
  order_total(o.id) as total,
  o.created_at
from orders o
join customers c on c.id = o.customer_id""",
        in_place=False,
    )
    op.drop_column('orders', 'note')
