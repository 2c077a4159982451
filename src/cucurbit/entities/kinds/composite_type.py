"""Composite types. https://www.postgresql.org/docs/current/sql-createtype.html"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import relation_name
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, offset, parse


class CompositeType(Entity):
    """`create type size as (width int, height int)`. Altered in place as long as the order of attributes stays."""

    kind = "composite type"
    node = "CompositeTypeStmt"
    example = "create type size as (width int, height int)"
    rank = 32
    provides = frozenset({"type"})
    drop = "TYPE"
    relation_field = "typevar"
    # The type of a table's or a view's rows is theirs.
    catalog = """
        select 'pg_type'::regclass as classid, t.oid as objid, array[n.nspname::text, t.typname::text] as key,
               format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname,
                      (select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
                                         || case when l.oid is null then ''
                                                 else format(' COLLATE %I.%I', cn.nspname, l.collname) end,
                                         ', ' order by a.attnum)
                         from pg_attribute a
                         join pg_type b on b.oid = a.atttypid
                         left join pg_collation l on l.oid = a.attcollation and a.attcollation <> b.typcollation
                         left join pg_namespace cn on cn.oid = l.collnamespace
                        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)) as definition
          from pg_type t
          join pg_class c on c.oid = t.typrelid and c.relkind = 'c'
          join pg_namespace n on n.oid = t.typnamespace
         where t.typtype = 'c'
    """

    def __init__(self, name: str, attributes: Mapping[str, str], *, schema: str | None = None) -> None:
        """A composite type: `CompositeType("size", {"width": "int", "height": "int"})`; the types are SQL."""
        written = ", ".join(f"{quote(attribute)} {type_}" for attribute, type_ in attributes.items())
        super().__init__(f"create type {qualify((schema, name) if schema else (name,))} as ({written})")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "size")`."""
        return Identity(cls.kind, relation_name(fields["typevar"], home))

    @cached_property
    def _attributes(self) -> dict[str, str]:
        """The attributes by their names, each with its type and collation."""
        text = self.canonical
        nodes = [item["ColumnDef"] for item in parse(text).fields.get("coldeflist", ())]
        starts = [offset(text, node["typeName"]["location"]) for node in nodes]
        ends = [*(offset(text, node["location"]) for node in nodes), len(text) - 1][1:]
        pieces = (text[start:end] for start, end in zip(starts, ends, strict=True))
        return {node["colname"]: piece.rstrip(", ") for node, piece in zip(nodes, pieces, strict=True)}

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER TYPE, where what is new comes last; the server refuses another type under a table's column."""
        before, after = old._attributes, self._attributes
        kept = [name for name in before if name in after]
        if [*kept, *(name for name in after if name not in before)] != list(after):
            return None
        actions = [f"DROP ATTRIBUTE {quote(name)}" for name in before if name not in after]
        actions += [f"ALTER ATTRIBUTE {quote(name)} TYPE {after[name]}" for name in kept if before[name] != after[name]]
        actions += [f"ADD ATTRIBUTE {quote(name)} {type_}" for name, type_ in after.items() if name not in before]
        return [f"ALTER TYPE {qualify(self.identity.names)} {', '.join(actions)}"] if actions else []
