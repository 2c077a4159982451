"""Access methods of tables and indexes. https://www.postgresql.org/docs/current/sql-create-access-method.html"""

from __future__ import annotations

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields, name_of
from cucurbit.sql.references import References


class AccessMethod(Entity):
    """`create access method columnar type table handler columnar_handler`; a change makes it anew."""

    kind = "access method"
    node = "CreateAmStmt"
    example = "create access method columnar type table handler columnar_handler"
    rank = 46
    provides = frozenset({"access method"})
    renamable = False
    drop = "ACCESS METHOD"
    catalog = """
        select 'pg_am'::regclass as classid, a.oid as objid, array[a.amname::text] as key,
               format('CREATE ACCESS METHOD %I TYPE %s HANDLER %s', a.amname,
                      case a.amtype when 't' then 'TABLE' else 'INDEX' end, a.amhandler) as definition
          from pg_am a
    """

    def __init__(self, name: str, *, type_: str, handler: str) -> None:
        """An access method of `table` or `index` by its handler, whose name is SQL."""
        super().__init__(f"create access method {quote(name)} type {type_} handler {handler}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("columnar",)`: it lives in no schema."""
        return Identity(cls.kind, (fields["amname"],))

    def refers(self, found: References) -> None:
        """Its handler."""
        found.routines.add(name_of(self.tree.fields["handler_name"]))
