"""Types as statements name them, and as the server prints them."""

from __future__ import annotations

from cucurbit.errors import SqlError
from cucurbit.sql.names import is_catalog_type, type_name
from cucurbit.sql.parse import Fields, strings


def type_names(fields: Fields, home: str) -> tuple[str, str, bool]:
    """Schema and name of a tree's type, `home` for what is not PostgreSQL's own, and whether it is an array of it."""
    names = strings(fields["names"])
    array = bool(fields.get("arrayBounds"))
    *schema, name = names
    if schema in ([], ["pg_catalog"]) and name.startswith("_") and is_catalog_type(name[1:]):
        name, array = name[1:], True
    if not schema and is_catalog_type(name):
        schema = ["pg_catalog"]
    return (schema[-1] if schema else home), name, array


def argument_type(fields: Fields, home: str) -> str:
    """A tree's type as format_type(oid, NULL) prints it when only pg_catalog is on the search path.

    Raises SqlError for `%TYPE`.
    """
    if fields.get("pct_type"):
        raise SqlError(
            f"the type of an argument is written as {'.'.join(strings(fields['names']))}%TYPE",
            hint="PostgreSQL resolves it once and forgets it, so nothing can tell later which routine this is: "
            "write the type itself.",
        )
    schema, name, array = type_names(fields, home)
    return type_name(schema, name, array=array)
