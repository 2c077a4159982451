"""Settings: what an ALTER TABLE statement says of something that is there already; one subcommand, one entity.

https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import Fields, Node


class Setting(Entity):
    """A setting of a relation, or of a part of one. To take it back is to set what there is without a declaration."""

    node = "AlterTableStmt"
    is_object = False
    renamable = False
    relation_field = "relation"

    actions: ClassVar[frozenset[str]] = frozenset()
    """The parser's names for the subcommands."""

    @classmethod
    def accepts(cls, node: Node) -> bool:
        """Any ALTER TABLE whose first subcommand is one of these."""
        return node.tag == cls.node and node.fields["cmds"][0]["AlterTableCmd"]["subtype"] in cls.actions

    @classmethod
    def command(cls, fields: Fields) -> Fields:
        """The subcommand. Raises SqlError where there are several."""
        first, *more = fields["cmds"]
        if more:
            raise SqlError(
                "this statement says several things, and each is an entity",
                hint="Write one ALTER statement for each.",
            )
        command: Fields = first["AlterTableCmd"]
        return command

    @cached_property
    def canonical(self) -> str:
        """`ALTER TABLE`, whatever sort of relation it is, which is what PostgreSQL takes as well."""
        return f"{self._head} {self.said}"

    @property
    def said(self) -> str:
        """The subcommand, written out."""
        raise NotImplementedError

    @property
    def unsaid(self) -> str:
        """The subcommand that takes it back."""
        raise NotImplementedError

    def replace_statements(self, old: Self) -> list[str] | None:
        """What is set takes the place of what was."""
        return [self.sql]

    def rename_statements(self, old: Self) -> list[str]:
        """None: what it is said of is renamed by itself, and the server carries it along."""
        return []

    def drop_statements(self) -> list[str]:
        """As without a declaration."""
        return [f"{self._head} {self.unsaid}"]

    @property
    def _head(self) -> str:
        """With ONLY if that is written: tables that inherit are left alone."""
        relation = self.tree.fields["relation"]
        return f"ALTER TABLE {'' if relation.get('inh') else 'ONLY '}{qualify(relation_name(relation, self.home))}"
