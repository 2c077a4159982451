"""Security labels, which modules like sepgsql read. https://www.postgresql.org/docs/current/sql-security-label.html"""

from __future__ import annotations

from typing import Self

from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.said import Said
from cucurbit.entities.kinds.target import Target, named
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, quote
from cucurbit.sql.parse import Fields


class SecurityLabel(Said):
    """`security label for selinux on table orders is '…'`; the server has to have loaded the provider."""

    kind = "security label"
    node = "SecLabelStmt"
    example = "security label for selinux on table orders is '…'"
    is_listed = False  # a provider may label whatever is made
    catalog = named(
        "select classoid as classid, objoid as objid, objsubid, provider, label from pg_seclabel where objoid >= 16384",
        "format('SECURITY LABEL FOR %I ON %s IS %L', o.provider, s.sql, o.label)",
        phrases="array['by', o.provider]",
    )

    def __init__(self, on: str, label: str, *, provider: str) -> None:
        """A label: `SecurityLabel("table orders", "…", provider="selinux")`; `on` is SQL, the type and the name."""
        super().__init__(f"security label for {quote(provider)} on {on} is {literal(label)}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`on` and the names of the object, `by` the provider."""
        if "label" not in fields:
            raise SqlError("no label is how an object is without a declaration", hint="Remove the statement.")
        if "provider" not in fields:
            raise SqlError("a label needs the name of its provider", hint="Write: security label for PROVIDER on …")
        phrase = ("by", fields["provider"])
        return Target.read(fields["objtype"], fields["object"], home).identity(cls.kind, "on", phrase)

    @property
    def canonical(self) -> str:
        """The statement, written out."""
        return f"{self._head} IS {literal(self.tree.fields['label'])}"

    @property
    def _head(self) -> str:
        ((_, provider),) = self.identity.phrases
        return f"SECURITY LABEL FOR {quote(provider)} ON {self.target.sql}"

    def replace_statements(self, old: Self) -> list[str] | None:
        """The new one takes the place of the old one."""
        return [self.canonical]

    def drop_statements(self) -> list[str]:
        """NULL instead of a text."""
        return [f"{self._head} IS NULL"]
