"""Procedural languages. https://www.postgresql.org/docs/current/sql-createlanguage.html"""

from __future__ import annotations

from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, name_of, or_replace
from cucurbit.sql.references import References


class Language(Entity):
    """`create trusted language ours handler our_handler`; those that come with an extension are the extension's."""

    kind = "language"
    node = "CreatePLangStmt"
    example = "create language ours handler our_handler"
    rank = 45
    provides = frozenset({"language"})
    drop = "LANGUAGE"
    catalog = """
        select 'pg_language'::regclass as classid, l.oid as objid, array[l.lanname::text] as key,
               format('CREATE %sLANGUAGE %I HANDLER %s', case when l.lanpltrusted then 'TRUSTED ' end, l.lanname,
                      l.lanplcallfoid::regproc)
                 || case when l.laninline <> 0 then ' INLINE ' || l.laninline::regproc else '' end
                 || case when l.lanvalidator <> 0 then ' VALIDATOR ' || l.lanvalidator::regproc else '' end
               as definition
          from pg_language l
         where l.lanispl
    """

    def __init__(
        self,
        name: str,
        *,
        handler: str,
        inline: str | None = None,
        validator: str | None = None,
        trusted: bool = False,
    ) -> None:
        """A language by its functions, whose names are SQL."""
        parts = [
            f"create {'trusted ' if trusted else ''}language {quote(name)} handler {handler}",
            f"inline {inline}" if inline else "",
            f"validator {validator}" if validator else "",
        ]
        super().__init__(" ".join(filter(None, parts)))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("ours",)`: it lives in no schema."""
        return Identity(cls.kind, (fields["plname"],))

    def replace_statements(self, old: Self) -> list[str] | None:
        """CREATE OR REPLACE LANGUAGE."""
        return [or_replace(self.sql)]

    def rename_statements(self, old: Self) -> list[str]:
        """It has no schema that could change."""
        return [f"ALTER LANGUAGE {qualify(old.identity.names)} RENAME TO {quote(self.identity.name)}"]

    def refers(self, found: References) -> None:
        """Its functions."""
        for field in ("plhandler", "plinline", "plvalidator"):
            if field in self.tree.fields:
                found.routines.add(name_of(self.tree.fields[field]))
