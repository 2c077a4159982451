"""Whether a trigger fires. https://www.postgresql.org/docs/current/sql-altertable.html"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.setting import Setting
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields

ALWAYS, DISABLED, REPLICA = "always", "disabled", "replica"
WORDS = {ALWAYS: "enable always", DISABLED: "disable", REPLICA: "enable replica"}


class FiringState(Setting):
    """When something of a table (a `part`: a trigger, a rule) fires, where that is not the usual."""

    part: ClassVar[str] = ""
    words: ClassVar[dict[str, str]] = {}
    """What the parser's names for the subcommands stand for; nothing for the usual."""

    def __init__(self, name: str, state: str, *, table: str, schema: str | None = None) -> None:
        """`state` is `"disabled"`, `"always"` (in a session that replicates, too) or `"replica"` (only there)."""
        if state not in WORDS:
            raise SqlError(f"no state of a {self.part}: {state!r}", hint=f"One of: {', '.join(WORDS)}")
        on = qualify((schema, table) if schema else (table,))
        super().__init__(f"alter table {on} {WORDS[state]} {self.part} {quote(name)}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders", "touch")`, as that of the trigger."""
        command = cls.command(fields)
        if "name" not in command:
            raise SqlError(f"all {cls.part}s at once are no entity", hint=f"Write one statement for each {cls.part}.")
        if not cls.words[command["subtype"]]:
            raise SqlError(
                f"enabled is how a {cls.part} is without a declaration",
                hint="Remove the statement that makes it otherwise; or write: enable always, enable replica, disable.",
            )
        return Identity(cls.kind, (*relation_name(fields["relation"], home), command["name"]))

    @property
    def said(self) -> str:
        """For example `DISABLE TRIGGER touch`."""
        words = self.words[self.command(self.tree.fields)["subtype"]]
        return f"{words} {self.part.upper()} {quote(self.identity.name)}"

    @property
    def unsaid(self) -> str:
        """It fires unless the session replicates."""
        return f"ENABLE {self.part.upper()} {quote(self.identity.name)}"

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """A state goes with what has it."""
        if Identity(self.part, self.identity.names) not in declared.identities:
            yield Finding(
                "warning",
                f"{self.identity} is of a {self.part} that the project does not declare",
                self,
                hint=f"Where the {self.part} goes, its state goes with it.",
            )


class TriggerState(FiringState):
    """`alter table orders disable trigger touch`; also `enable always` and `enable replica`. Changed in place."""

    kind = "trigger state"
    example = "alter table orders disable trigger touch"
    rank = 86
    part = "trigger"
    words: ClassVar[dict[str, str]] = {
        "AT_EnableTrig": "",
        "AT_EnableTrigAll": "",
        "AT_EnableTrigUser": "",
        "AT_DisableTrig": "DISABLE",
        "AT_DisableTrigAll": "",
        "AT_DisableTrigUser": "",
        "AT_EnableAlwaysTrig": "ENABLE ALWAYS",
        "AT_EnableReplicaTrig": "ENABLE REPLICA",
    }
    actions = frozenset(words)
    flag = "''"
    catalog = """
        select 'pg_trigger'::regclass as classid, t.oid as objid,
               array[n.nspname::text, c.relname::text, t.tgname::text] as key,
               format('ALTER TABLE %I.%I %s TRIGGER %I', n.nspname, c.relname,
                      case t.tgenabled when 'D' then 'DISABLE' when 'A' then 'ENABLE ALWAYS' else 'ENABLE REPLICA' end,
                      t.tgname) as definition
          from pg_trigger t
          join pg_class c on c.oid = t.tgrelid
          join pg_namespace n on n.oid = c.relnamespace
         where t.tgenabled <> 'O' and not t.tgisinternal and t.tgparentid = 0
    """
