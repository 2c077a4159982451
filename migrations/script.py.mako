"""${message}

Revision: ${up_revision}
Revises: ${down_revision or "nothing" | comma,n}
Created: ${create_date}
"""
<%! from cucurbit.migrations.render import text_blocks %>
import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass" | n,text_blocks}


def downgrade() -> None:
    ${downgrades if downgrades else "pass" | n,text_blocks}
