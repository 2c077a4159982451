"""Subscriptions. https://www.postgresql.org/docs/current/sql-createsubscription.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.replication import settings_of, truth
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, quote
from cucurbit.sql.parse import Fields, strings
from cucurbit.sql.secrets import has_password, password_condition, without_password

# What each option is where it is not given. The slot is called as the subscription, and the usual way of streaming is
# another one from PostgreSQL 18 on.
_DEFAULTS = {
    "slot_name": None,
    "synchronous_commit": "off",
    "binary": "false",
    "streaming": None,
    "two_phase": "false",
    "disable_on_error": "false",
    "password_required": "true",
    "run_as_owner": "false",
    "origin": "any",
    "failover": "false",
}
_TEXTS = ("slot_name", "synchronous_commit", "origin")
# What is about the moment of creation only.
_AT_ONCE = ("connect", "create_slot", "enabled", "copy_data")
# What PostgreSQL sets at the publisher as well, for which it connects, and where it is kept.
_AT_THE_PUBLISHER = {"two_phase": "subtwophasestate <> 'd'", "failover": "subfailover"}

_THIS = "subname = {name} AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"

# A password is in the database only: it stays, or somebody has to write it into the new connection.
_CONNECT = f"""
DECLARE
  present text;
BEGIN
  SELECT subconninfo INTO present FROM pg_subscription WHERE {_THIS};
  IF NOT {password_condition("present")} THEN
    ALTER SUBSCRIPTION {{subscription}} CONNECTION {{connection}};
  ELSIF {without_password("present")} <> {{connection}} THEN
    RAISE EXCEPTION 'the connection of subscription % has a password, which a change would lose', {{name}}
      USING HINT = 'Change it by hand, with the password, to what is declared, and migrate again.';
  END IF;
END
"""  # noqa: S608 - patterns of our own

_AT_PUBLISHER = f"""
BEGIN
  IF (SELECT {{column}} FROM pg_subscription WHERE {_THIS}) <> {{value}} THEN
    RAISE EXCEPTION '% of a subscription is set at its publisher too, and no migration connects', {{option}}
      USING HINT = 'Set it by hand, then migrate again: ' || {{by_hand}};
  END IF;
END
"""  # noqa: S608 - names of our own

_STREAM = """
BEGIN
  IF current_setting('server_version_num')::int < 180000 THEN
    ALTER SUBSCRIPTION {subscription} SET (streaming = off);
  ELSE
    ALTER SUBSCRIPTION {subscription} SET (streaming = parallel);
  END IF;
END
"""


class Subscription(Entity):
    """`create subscription … with (connect = false)`: made and changed without a connection; to enable it is yours."""

    kind = "subscription"
    node = "CreateSubscriptionStmt"
    example = "create subscription changes connection '…' publication changes with (connect = false)"
    rank = 95
    drop = "SUBSCRIPTION"
    has_schema = False
    is_shared = True
    only_in_place = True
    renamable = False
    # Only superusers may read the connection, in which a password may be: it is left out for all alike. Whether it is
    # enabled is a state. The columns that older servers have not mean those outside.
    catalog = """
        select 'pg_subscription'::regclass as classid, s.oid as objid, array[s.subname::text] as key,
               format('CREATE SUBSCRIPTION %I CONNECTION '''' PUBLICATION %s WITH (connect = false%s)', s.subname,
                      (select string_agg(quote_ident(p), ', ' order by p) from unnest(s.subpublications) p),
                      concat(case when s.subslotname is null then ', slot_name = NONE'
                                  else ', slot_name = ' || quote_literal(nullif(s.subslotname, s.subname)) end,
                             ', synchronous_commit = ' || quote_literal(nullif(s.subsynccommit, 'off')),
                             case when s.subbinary then ', binary = true' end,
                             ', streaming = ' || case o.substream::text when 'p' then 'parallel'
                                                                        when 't' then 'on' when 'true' then 'on'
                                                                        else 'off' end,
                             case when o.subtwophasestate <> 'd' then ', two_phase = true' end,
                             case when o.subdisableonerr then ', disable_on_error = true' end,
                             case when not o.subpasswordrequired then ', password_required = false' end,
                             case when o.subrunasowner then ', run_as_owner = true' end,
                             ', origin = ' || quote_literal(nullif(o.suborigin, 'any')),
                             case when o.subfailover then ', failover = true' end)) as definition
          from (select 'd'::"char" as subtwophasestate, false as subdisableonerr, true as subpasswordrequired,
                       false as subrunasowner, 'any' as suborigin, false as subfailover) before_18,
               pg_subscription s
          join pg_database d on d.oid = s.subdbid and d.datname = current_database()
         cross join lateral (
               select x.substream, subtwophasestate, subdisableonerr, subpasswordrequired, subrunasowner, suborigin,
                      subfailover
                 from pg_subscription x where x.oid = s.oid) o
    """
    # Nobody can give it back to a new one: the connection, how far it has come, and whether it is enabled.
    lost = """
        select 'pg_subscription'::regclass as classid, s.oid as objid, 'its connection and how far it has come' as words
          from pg_subscription s
    """

    def __init__(
        self,
        name: str,
        connection: str,
        publications: Sequence[str],
        *,
        options: Mapping[str, object] | None = None,
    ) -> None:
        """A subscription that does not connect: `Subscription("changes", "host=db.internal", ["changes"])`."""
        given = {"connect": "false", **{key: str(value).lower() for key, value in (options or {}).items()}}
        sql = f"create subscription {quote(name)} connection {literal(connection)}"
        sql += f" publication {', '.join(map(quote, publications))}"
        super().__init__(f"{sql} with ({', '.join(f'{key} = {literal(value)}' for key, value in given.items())})")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("changes",)`."""
        name, given = fields["subname"], settings_of(fields)
        words = f"ALTER SUBSCRIPTION {quote(name)}"
        if has_password(fields.get("conninfo", "")):
            raise SqlError(
                "the connection of a subscription has a password in it, and a file is no place for one",
                hint="Name a file that the server reads (passfile=…), or leave it out, and write it by hand in each "
                f"database:\n  {words} CONNECTION …\nThere it stays.",
            )
        for option in given.keys() - _DEFAULTS.keys() - {*_AT_ONCE}:
            raise SqlError(f"a subscription has no option {option}", hint=f"It has: {', '.join(_DEFAULTS)}")
        if any(truth(given.get(option, "true" if option == "connect" else "false")) != "false" for option in _AT_ONCE):
            raise SqlError(
                "a subscription would connect to its publisher when a migration makes it",
                hint="Write: … with (connect = false). When it is there, make its slot at the publisher by hand, then\n"
                f"  {words} ENABLE; {words} REFRESH PUBLICATION",
            )
        return Identity(cls.kind, (name,))

    @cached_property
    def canonical(self) -> str:
        """The statement with its publications in order, and the options that are not as they are without."""
        options = ["connect = false", *_written(self._options)]
        return (
            f"CREATE SUBSCRIPTION {self._name} CONNECTION {literal(self._connection)}"
            f" PUBLICATION {self._publications} WITH ({', '.join(options)})"
        )

    def agrees(self, definition: str) -> bool:
        """Whether the catalog's definition is what this says, but for the connection, which that has not."""
        found = self.of(definition, home=self.home)
        unsaid = {"streaming": found._options.get("streaming", "")} if "streaming" not in self._options else {}
        return (found._publications, found._options) == (self._publications, {**self._options, **unsaid})

    def replace_statements(self, old: Self) -> list[str]:
        """ALTER SUBSCRIPTION, which does not connect; an option that is set at the publisher has to be so already."""
        before, after = old._options, self._options
        changed = [option for option in _DEFAULTS if before.get(option) != after.get(option)]
        statements = []
        if self._connection != old._connection:
            statements.append(self._block(_CONNECT, connection=literal(self._connection)))
        if self._publications != old._publications:
            publications = ", ".join(map(quote, strings(self.tree.fields["publication"])))
            statements.append(f"{self._alter} SET PUBLICATION {publications} WITH (refresh = false)")
        for option, column in _AT_THE_PUBLISHER.items():
            if option in changed:
                value = after.get(option, "false")
                by_hand = f"{self._alter} DISABLE; {self._alter} SET ({option} = {value}); {self._alter} ENABLE"
                shown = {"option": literal(option), "by_hand": literal(by_hand)}
                statements.append(self._block(_AT_PUBLISHER, column=column, value=value, **shown))
        if "streaming" in changed and "streaming" not in after:
            statements.append(self._block(_STREAM))
        usual = {**_DEFAULTS, "slot_name": self.identity.name}
        values = {option: after.get(option, usual[option]) for option in changed if option not in _AT_THE_PUBLISHER}
        settings = _written({option: value for option, value in values.items() if value is not None})
        return [*statements, *([f"{self._alter} SET ({', '.join(settings)})"] if settings else [])]

    def _block(self, body: str, **values: str) -> str:
        """A DO statement about this subscription."""
        return f"DO {literal(body.format(subscription=self._name, name=literal(self.identity.name), **values))}"

    def drop_statements(self) -> list[str]:
        """DROP SUBSCRIPTION, which would connect to drop the slot: that stays at the publisher, to be dropped there."""
        return [f"{self._alter} DISABLE", f"{self._alter} SET (slot_name = NONE)", f"DROP SUBSCRIPTION {self._name}"]

    @property
    def _alter(self) -> str:
        return f"ALTER SUBSCRIPTION {self._name}"

    @property
    def _name(self) -> str:
        return quote(self.identity.name)

    @property
    def _connection(self) -> str:
        return str(self.tree.fields.get("conninfo", "")).strip()

    @property
    def _publications(self) -> str:
        return ", ".join(map(quote, sorted(set(strings(self.tree.fields["publication"])))))

    @property
    def _options(self) -> dict[str, str]:
        """Those that are not as they are without, in one spelling each."""
        given = settings_of(self.tree.fields)
        options = {name: given[name] if name in _TEXTS else truth(given[name]) for name in _DEFAULTS if name in given}
        usual = {**_DEFAULTS, "slot_name": self.identity.name}
        return {name: value for name, value in options.items() if value != usual[name]}


def _written(options: Mapping[str, str]) -> list[str]:
    return [f"{name} = {literal(value) if name in _TEXTS else value}" for name, value in options.items()]
