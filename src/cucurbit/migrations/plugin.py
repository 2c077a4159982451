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

    from cucurbit.migrations import neighbours, operations, rename_operations, run_sql, set_aside  # noqa: F401 - registers them

    last = DispatchPriority.LAST
    plugin.add_autogenerate_comparator(_plainly, "autogenerate", priority=DispatchPriority.FIRST)
    # Of a table's parts, or of all tables, each comparator has an element; who has none came by another door.
    plugin.add_autogenerate_comparator(_alone, "schema", priority=DispatchPriority.FIRST)
    plugin.add_autogenerate_comparator(_entities, "autogenerate", priority=last)
    # Of two that are last, the one for the server at hand comes before Alembic's own, which is for any.
    plugin.add_autogenerate_comparator(_default, "column", "server_default", qualifier="postgresql", priority=last)


def _plainly(*args: Any) -> Any:
    from cucurbit.migrations.autogenerate import write_plainly

    return write_plainly(*args)


def _alone(*args: Any) -> Any:
    from cucurbit.migrations.neighbours import compare_alone

    return compare_alone(*args)


def _entities(*args: Any) -> Any:
    from cucurbit.migrations.autogenerate import compare_entities

    return compare_entities(*args)


def _default(*args: Any) -> Any:
    from cucurbit.migrations.defaults import compare_server_default

    return compare_server_default(*args)
