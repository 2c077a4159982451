"""Mappings of text search configurations. https://www.postgresql.org/docs/current/sql-altertsconfig.html"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import ClassVar, Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.defined import Defined
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, name_of, strings
from cucurbit.sql.references import References

_ADDS = "ALTER_TSCONFIG_ADD_MAPPING"
_ALTERS = "ALTER_TSCONFIG_ALTER_MAPPING_FOR_TOKEN"

# What PostgreSQL's own configurations do not look up.
_UNMAPPED = frozenset({"blank", "entity", "protocol", "tag"})


class TextSearchMapping(Entity):
    """`alter text search configuration ours add mapping for asciiword with english_stem`; changed in place.

    `alter mapping` instead of `add mapping` where the configuration is a copy, and has copied one for the token type.
    """

    kind = "text search mapping"
    node = "AlterTSConfigurationStmt"
    example = "alter text search configuration ours add mapping for asciiword with english_stem"
    rank = 37
    renamable = False
    is_object = False
    is_listed = False
    flag: ClassVar[str] = "q.key[3]"
    catalog = """
        select 'pg_ts_config'::regclass as classid, c.oid as objid,
               array[n.nspname::text, c.cfgname::text, t.alias] as key,
               format('ALTER TEXT SEARCH CONFIGURATION %I.%I ADD MAPPING FOR %I WITH %s', n.nspname, c.cfgname,
                      t.alias, m.dictionaries) as definition
          from pg_ts_config c
          join pg_namespace n on n.oid = c.cfgnamespace
         cross join lateral ts_token_type(c.cfgparser) t
         cross join lateral (
               select string_agg(format('%I.%I', dn.nspname, d.dictname), ', ' order by m.mapseqno) as dictionaries
                 from pg_ts_config_map m
                 join pg_ts_dict d on d.oid = m.mapdict
                 join pg_namespace dn on dn.oid = d.dictnamespace
                where m.mapcfg = c.oid and m.maptokentype = t.tokid) m
         where m.dictionaries is not null
    """

    def __init__(
        self,
        configuration: str,
        token: str,
        dictionaries: Sequence[str],
        *,
        copied: bool = False,
        schema: str | None = None,
    ) -> None:
        """What a token type is looked up in: dictionaries, whose names are SQL.

        `copied` says that the configuration has copied a mapping for it, which this one replaces.
        """
        name = qualify((schema, configuration) if schema else (configuration,))
        super().__init__(
            f"alter text search configuration {name} {'alter' if copied else 'add'} mapping"
            f" for {quote(token)} with {', '.join(dictionaries)}"
        )

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "ours", "asciiword")`."""
        configuration = home_name(strings(fields["cfgname"]), home)
        if fields["kind"] not in (_ADDS, _ALTERS):
            raise SqlError(
                "a mapping is declared by what it is, not by what it was",
                hint=f"Write: alter text search configuration {qualify(configuration)} add mapping for TOKEN with …"
                "\nOne that is not wanted any more is not declared.",
            )
        tokens = strings(fields["tokentype"])
        if len(tokens) > 1:
            raise SqlError(
                f"this maps {len(tokens)} token types at once: {', '.join(tokens)}",
                hint="Write a statement for each of them, so that each can change by itself.",
            )
        return Identity(cls.kind, (*configuration, tokens[0]))

    @cached_property
    def canonical(self) -> str:
        """Whether there was another before does not count."""
        return self._mapping("ADD")

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER MAPPING."""
        return [self._mapping("ALTER")]

    def drop_statements(self) -> list[str]:
        """DROP MAPPING, of one that may be gone."""
        *configuration, token = self.identity.names
        return [f"ALTER TEXT SEARCH CONFIGURATION {qualify(configuration)} DROP MAPPING IF EXISTS FOR {quote(token)}"]

    @property
    def restates(self) -> Identity | None:
        """A configuration that has copied what this one hides."""
        is_copied = self.tree.fields["kind"] == _ALTERS
        return Identity("text search configuration", self.identity.names[:2]) if is_copied else None

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """A copy of one of PostgreSQL's own has a mapping for almost every token type."""
        *names, token = self.identity.names
        other = declared.entities.get(Identity("text search configuration", tuple(names)))
        if not isinstance(other, Defined) or self.tree.fields["kind"] != _ADDS or token in _UNMAPPED:
            return
        source = other.names_of("copy")
        if source and Identity(other.kind, home_name(source, self.home)) not in declared.identities:
            yield Finding(
                "error",
                f"{other.identity} is a copy of {qualify(source)}, and has a mapping for {token} already",
                self,
                hint=f"Write: {self._mapping('ALTER')}",
            )

    def refers(self, found: References) -> None:
        """Its configuration and its dictionaries."""
        fields = self.tree.fields
        found.others.add(("text search configuration", *name_of(fields["cfgname"])))
        for dictionary in fields["dicts"]:
            found.others.add(("text search dictionary", *name_of(dictionary["List"]["items"])))

    def _mapping(self, word: str) -> str:
        *configuration, token = self.identity.names
        dictionaries = ", ".join(qualify(strings(item["List"]["items"])) for item in self.tree.fields["dicts"])
        head = f"ALTER TEXT SEARCH CONFIGURATION {qualify(configuration)}"
        return f"{head} {word} MAPPING FOR {quote(token)} WITH {dictionaries}"
