"""Whether an event trigger fires. https://www.postgresql.org/docs/current/sql-altereventtrigger.html"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar, Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.trigger_state import WORDS
from cucurbit.errors import SqlError
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References

_LETTERS = {"A": "ENABLE ALWAYS", "D": "DISABLE", "R": "ENABLE REPLICA"}


class EventTriggerState(Entity):
    """`alter event trigger logged disable`; also `enable always` and `enable replica`. Changed in place."""

    kind = "event trigger state"
    node = "AlterEventTrigStmt"
    example = "alter event trigger logged disable"
    rank = 196
    renamable = False
    is_object = False
    flag: ClassVar[str] = "''"
    catalog = """
        select 'pg_event_trigger'::regclass as classid, e.oid as objid, array[e.evtname::text] as key,
               format('ALTER EVENT TRIGGER %I %s', e.evtname,
                      case e.evtenabled when 'D' then 'DISABLE' when 'A' then 'ENABLE ALWAYS' else 'ENABLE REPLICA' end)
               as definition
          from pg_event_trigger e
         where e.evtenabled <> 'O'
    """

    def __init__(self, name: str, state: str) -> None:
        """`state` is `"disabled"`, `"always"` (in a session that replicates, too) or `"replica"` (only there)."""
        if state not in WORDS:
            raise SqlError(f"no state of an event trigger: {state!r}", hint=f"One of: {', '.join(WORDS)}")
        super().__init__(f"alter event trigger {quote(name)} {WORDS[state]}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("logged",)`, as that of the event trigger."""
        if fields["tgenabled"] not in _LETTERS:
            raise SqlError(
                "enabled is how an event trigger is without a declaration",
                hint="Remove the statement that makes it otherwise; or write: enable always, enable replica, disable.",
            )
        return Identity(cls.kind, (fields["trigname"],))

    @cached_property
    def canonical(self) -> str:
        """In the words of the catalog."""
        return self._altered(_LETTERS[self.tree.fields["tgenabled"]])

    def replace_statements(self, old: Self) -> list[str] | None:
        """What is set takes the place of what was."""
        return [self.sql]

    def rename_statements(self, old: Self) -> list[str]:
        """None: the event trigger is renamed by itself, and the server carries its state along."""
        return []

    def drop_statements(self) -> list[str]:
        """It fires unless the session replicates."""
        return [self._altered("ENABLE")]

    def refers(self, found: References) -> None:
        """Its event trigger."""
        found.others.add(("event trigger", "", self.tree.fields["trigname"]))

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """A state goes with what has it."""
        if Identity("event trigger", self.identity.names) not in declared.identities:
            yield Finding(
                "warning",
                f"{self.identity} is of an event trigger that the project does not declare",
                self,
                hint="Where the event trigger goes, its state goes with it.",
            )

    def _altered(self, words: str) -> str:
        return f"ALTER EVENT TRIGGER {quote(self.identity.name)} {words}"
