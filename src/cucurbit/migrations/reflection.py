"""What SQLAlchemy reads otherwise than the server says it, put right before Alembic compares it."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import DOMAIN

from cucurbit.sql.names import qualify

# Of `nextval('numbers'::regclass)` it makes a sequence in the schema of the table, which has none of that name.
_WITH_SCHEMA = re.compile(r"""nextval\('"[^']*"\.[^".']+'::regclass\)""")

_COLUMN = """
select pg_get_expr(d.adbin, d.adrelid), a.attnotnull
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where a.attrelid = to_regclass(%s) and a.attname = %s
"""


def put_right(impl: Any, connection: Connection) -> None:
    """Have Alembic's `impl` read columns as they are: the sequence of a default, and NOT NULL, which a domain may say
    and its column does not.
    """
    read = impl.autogen_column_reflect

    def autogen_column_reflect(inspector: Any, table: Any, column: Any) -> None:
        has_sequence = table.schema and _WITH_SCHEMA.search(column.get("default") or "")
        if has_sequence or isinstance(column["type"], DOMAIN):
            name = qualify((table.schema, table.name) if table.schema else (table.name,))
            default, is_not_null = connection.exec_driver_sql(_COLUMN, (name, column["name"])).one()
            column["nullable"] = not is_not_null
            if has_sequence:
                column["default"] = default
        read(inspector, table, column)

    impl.autogen_column_reflect = autogen_column_reflect
