"""The door through which Alembic finds cucurbit: the `alembic.plugins` entry point.

`import alembic` runs `setup`, wherever cucurbit is installed, so nothing is imported here that need not be; and
`alembic.autogenerate` cannot be, because it is still being imported itself.
https://alembic.sqlalchemy.org/en/latest/api/plugins.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin

NAME = "cucurbit"


def setup(plugin: Plugin) -> None:
    """Register the operations and, behind all comparators of tables, the comparator of entities."""
    from alembic.util import DispatchPriority

    from cucurbit.migrations import operations, set_aside  # noqa: F401 - registers op.create_entity and its sisters

    plugin.add_autogenerate_comparator(_compare, "autogenerate", priority=DispatchPriority.LAST)


def _compare(*args: Any) -> Any:
    from cucurbit.migrations.autogenerate import compare_entities

    return compare_entities(*args)
