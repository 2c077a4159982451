"""Rule and statistics

Revision: 0004_rule_and_statistics
Revises: 0003_order_notes
Created: 2026-11-23 01:24:14.424152
"""

import sqlalchemy as sa
from alembic import op


revision = '0004_rule_and_statistics'
down_revision = '0003_order_notes'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_entity(
        'create statistics orders_products_price (dependencies) on product_id, price from orders_products',
    )
    op.create_entity(
        """\
create rule take_back_order as on delete to customer_orders
do instead
  update orders set note = 'taken back' where id = old.id""",
    )


def downgrade() -> None:
    op.drop_entity(
        """\
create rule take_back_order as on delete to customer_orders
do instead
  update orders set note = 'taken back' where id = old.id""",
    )
    op.drop_entity(
        'create statistics orders_products_price (dependencies) on product_id, price from orders_products',
    )
