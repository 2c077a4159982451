"""One measurement of another tool, in a process of its own, because their registries are global.

    python -m benchmarks.peers {alembic,alembic_utils,alembic-pg-autogen} ENTITIES URL

prints one line of JSON (see `measure.Measurement`). The database at URL (postgresql+psycopg://...) is filled when it is
empty. Each tool is given what its own documentation says it takes; building that, importing the tool and registering
with it are not timed, so the figures are the least that the tool costs.
"""

import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks.measure import Measurement, measure
from benchmarks.schema import Statement

Prepare = Callable[[Sequence[Statement]], Mapping[str, object]]


def alembic_utils(declared: Sequence[Statement]) -> Mapping[str, object]:
    """Register the entities with alembic_utils; its comparator takes part in autogenerate from its import on."""
    from alembic_utils.pg_function import PGFunction
    from alembic_utils.pg_trigger import PGTrigger
    from alembic_utils.pg_view import PGView
    from alembic_utils.replaceable_entity import register_entities

    classes = {"function": PGFunction, "trigger": PGTrigger, "view": PGView}
    register_entities([classes[one.kind].from_sql(one.sql) for one in declared])
    return {}


def alembic_pg_autogen(declared: Sequence[Statement]) -> Mapping[str, object]:
    """Return the options by which alembic-pg-autogen takes its declarations: lists of SQL, and its plugin by name."""
    import alembic_pg_autogen  # noqa: F401  # registers the plugin
    import postgast  # noqa: F401  # otherwise imported within the detection

    return {
        "autogenerate_plugins": ["alembic.autogenerate.*", "alembic_pg_autogen.*"],
        "pg_functions": [one.sql for one in declared if one.kind == "function"],
        "pg_views": [one.sql for one in declared if one.kind == "view"],
        "pg_triggers": [one.sql for one in declared if one.kind == "trigger"],
    }


TOOLS: Mapping[str, Prepare | None] = {
    "alembic": None,
    "alembic_utils": alembic_utils,
    "alembic-pg-autogen": alembic_pg_autogen,
}


def main(tool: str, n: int, url: str) -> Measurement:
    """Measure `tool` and check that it looked at every entity, and found nothing.

    Raises RuntimeError where it sent fewer statements than there are entities (it was not switched on: both tools
    create each entity anew) or found a change in a database where all is applied.
    """
    result = measure(tool, n, url, TOOLS[tool])
    if tool != "alembic" and result.entity_statements < n:
        raise RuntimeError(f"{tool} sent {result.entity_statements} statements for {n} entities: it did not run")
    if result.changes:
        raise RuntimeError(f"{tool} found {result.changes} changes where there are none")
    return result


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in TOOLS:
        sys.exit(f"usage: python -m benchmarks.peers {{{','.join(TOOLS)}}} ENTITIES URL")
    print(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]).to_json())
