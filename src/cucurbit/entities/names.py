"""Names as trees have them, with the schema in which unqualified ones live."""

from __future__ import annotations

from cucurbit.errors import SqlError
from cucurbit.sql.parse import Fields


def home_name(names: list[str], home: str) -> tuple[str, ...]:
    """A dotted name as written, with `home` for a missing schema."""
    return tuple(names[-2:]) if len(names) > 1 else (home, names[0])


def relation_name(fields: Fields, home: str) -> tuple[str, str]:
    """Schema and name of a relation in a tree. Raises SqlError for a temporary one."""
    if fields.get("relpersistence") == "t":
        raise SqlError("a temporary relation ends with its session, so no migration can make it")
    return fields.get("schemaname", home), fields["relname"]
