"""Event triggers. https://www.postgresql.org/docs/current/sql-createeventtrigger.html"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields, name_of, strings
from cucurbit.sql.references import References


class EventTrigger(Entity):
    """`create event trigger logged on ddl_command_end execute function log_ddl()`; a change makes it anew.

    It fires on what migrations do as well: so it is the last to be made, and the first to be dropped.
    """

    kind = "event trigger"
    node = "CreateEventTrigStmt"
    example = "create event trigger logged on ddl_command_end execute function log_ddl()"
    rank = 195
    provides = frozenset({"event trigger"})
    drop = "EVENT TRIGGER"
    catalog = """
        select 'pg_event_trigger'::regclass as classid, e.oid as objid, array[e.evtname::text] as key,
               format('CREATE EVENT TRIGGER %I ON %s%s EXECUTE FUNCTION %s()', e.evtname, e.evtevent,
                      ' WHEN TAG IN (' || (select string_agg(quote_literal(tag), ', ' order by tag)
                                             from unnest(e.evttags) tag) || ')', e.evtfoid::regproc)
                 || case e.evtenabled when 'O' then '' else format(E';\\nALTER EVENT TRIGGER %I %s', e.evtname,
                      case e.evtenabled when 'D' then 'DISABLE' when 'A' then 'ENABLE ALWAYS' else 'ENABLE REPLICA' end)
                    end as definition
          from pg_event_trigger e
    """

    def __init__(self, name: str, event: str, *, execute: str, tags: Sequence[str] = ()) -> None:
        """An event trigger on an event (`ddl_command_end`), of some commands only if there are `tags`."""
        when = f" when tag in ({', '.join(map(literal, tags))})" if tags else ""
        super().__init__(f"create event trigger {quote(name)} on {event}{when} execute function {execute}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("logged",)`: it lives in no schema."""
        return Identity(cls.kind, (fields["trigname"],))

    @cached_property
    def canonical(self) -> str:
        """With the tags in capitals and in one order, as neither counts."""
        fields = self.tree.fields
        parts = [f"CREATE EVENT TRIGGER {quote(fields['trigname'])} ON {quote(fields['eventname'])}"]
        for condition in (item["DefElem"] for item in fields.get("whenclause", ())):
            tags = sorted({tag.upper() for tag in strings(condition["arg"]["List"]["items"])})
            word = "AND" if len(parts) > 1 else "WHEN"
            parts.append(f"{word} {quote(condition['defname'])} IN ({', '.join(map(literal, tags))})")
        return " ".join([*parts, f"EXECUTE FUNCTION {qualify(strings(fields['funcname']))}()"])

    def refers(self, found: References) -> None:
        """Its function."""
        found.routines.add(name_of(self.tree.fields["funcname"]))
