"""Domains. https://www.postgresql.org/docs/current/sql-createdomain.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.sql.canonical import canonical
from cucurbit.sql.names import literal, qualify, quote, usual_name
from cucurbit.sql.parse import Fields, len_of_name, offset, parse, strings


class Domain(Entity):
    """`create domain email as text check (value like '%@%')`. All but its type and collation is altered in place."""

    kind = "domain"
    node = "CreateDomainStmt"
    example = "create domain email as text check (…)"
    rank = 35
    provides = frozenset({"type"})
    drop = "DOMAIN"
    qualify_head = True
    forgets_marks = True
    # NOT NULL is a constraint, with a name, from PostgreSQL 17. One that is not validated cannot be said at once.
    catalog = """
        select 'pg_type'::regclass as classid, t.oid as objid, array[n.nspname::text, t.typname::text] as key,
               format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod))
                 || coalesce((select format(' COLLATE %I.%I', cn.nspname, l.collname)
                                from pg_collation l
                                join pg_namespace cn on cn.oid = l.collnamespace
                                join pg_type b on b.oid = t.typbasetype
                               where l.oid = t.typcollation and t.typcollation <> b.typcollation), '')
                 || coalesce(' DEFAULT ' || pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), '')
                 || case when t.typnotnull
                         then coalesce((select format(' CONSTRAINT %I', c.conname) from pg_constraint c
                                         where c.contypid = t.oid and c.contype = 'n'), '') || ' NOT NULL'
                         else '' end
                 || coalesce((select string_agg(format(' CONSTRAINT %I %s', c.conname, pg_get_constraintdef(c.oid)), ''
                                                order by c.conname)
                                from pg_constraint c
                               where c.contypid = t.oid and c.contype = 'c' and c.convalidated), '')
                 || coalesce((select string_agg(format(E';\\nALTER DOMAIN %I.%I ADD CONSTRAINT %I %s', n.nspname,
                                                       t.typname, c.conname, pg_get_constraintdef(c.oid)), ''
                                                order by c.conname)
                                from pg_constraint c
                               where c.contypid = t.oid and c.contype = 'c' and not c.convalidated), '') as definition
          from pg_type t join pg_namespace n on n.oid = t.typnamespace
         where t.typtype = 'd'
    """
    # What its default refers to can change then; its constraints are parts of their own, but for those that the
    # definition says in statements of their own.
    cut = """
        select 'pg_type'::regclass as classid, t.oid as objid,
               format('ALTER DOMAIN %I.%I DROP DEFAULT', n.nspname, t.typname) as statement
          from pg_type t join pg_namespace n on n.oid = t.typnamespace
         where t.typtype = 'd' and t.typdefaultbin is not null
           and not exists (select from pg_constraint c where c.contypid = t.oid and not c.convalidated)
    """

    def __init__(
        self,
        name: str,
        type: str,  # noqa: A002 - PostgreSQL's word
        *,
        default: str | None = None,
        not_null: bool = False,
        checks: Sequence[str] | Mapping[str, str] = (),
        schema: str | None = None,
    ) -> None:
        """A domain: `Domain("email", "text", checks=["value like '%@%'"])`; all but the names is SQL.

        `checks` are conditions, or conditions by the names of their constraints.
        """
        named = dict(checks) if isinstance(checks, Mapping) else {}
        parts = [
            f"create domain {qualify((schema, name) if schema else (name,))} as {type}",
            f"default {default}" if default is not None else "",
            "not null" if not_null else "",
            *(f"constraint {quote(key)} check ({sql})" for key, sql in named.items()),
            *(f"check ({sql})" for sql in checks if sql not in named),
        ]
        super().__init__("\n".join(filter(None, parts)))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "email")`."""
        return Identity(cls.kind, home_name(strings(fields["domainname"]), home))

    @classmethod
    def is_qualified(cls, fields: Fields) -> bool:
        """Whether the domain's name has a schema."""
        return len(fields["domainname"]) > 1

    @cached_property
    def canonical(self) -> str:
        """With its clauses in one order: that in which they are written means nothing, and so does NULL."""
        return self._clauses.text

    @cached_property
    def _clauses(self) -> _Clauses:
        text = canonical(self.sql, home=self.home, qualify_head=not self.is_qualified(self.tree.fields))
        return _clauses(text, self.identity.name)

    # -- changing ---------------------------------------------------------------------------------------------------

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER DOMAIN for default, NOT NULL and constraints; the type and its collation cannot be altered.

        A constraint is added first and then validated, which names the table's column that has a value against it.
        """
        before, after = old._clauses, self._clauses
        if before.type != after.type:
            return None
        actions = []
        if after.default != before.default or (self is old and after.default):  # which is how it comes back
            actions.append(f"SET {after.default}" if after.default else "DROP DEFAULT")
        if (after.not_null is None) != (before.not_null is None):
            actions.append("DROP NOT NULL" if after.not_null is None else "SET NOT NULL")
        gone, come = _difference(before, after)
        dropped = [_drop_constraint(qualify(self.identity.names), quote(name)) for name, _ in gone]
        actions += [f"ADD CONSTRAINT {quote(name)} {check} NOT VALID" for name, check in come]
        actions += [f"VALIDATE CONSTRAINT {quote(name)}" for name, _ in come]
        statements = [*dropped, *(f"ALTER DOMAIN {qualify(self.identity.names)} {action}" for action in actions)]
        if after.not_null is not None:
            was = before.not_null or usual_name(self.identity.name, (), _NOT_NULL)
            statements += self._rename_constraints([(was, after.not_null)])
        return statements

    def rename_statements(self, old: Self) -> list[str]:
        """The constraints whose names PostgreSQL made of the domain's are renamed with it."""
        before, after = ([*c.checks, (c.not_null or "", "")] for c in (old._clauses, self._clauses))
        pairs = [(was, now) for (was, _), (now, _) in zip(before, after, strict=False)]
        return [*super().rename_statements(old), *self._rename_constraints(pairs)]

    def _rename_constraints(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """Those of them that are there: before PostgreSQL 17 NOT NULL has no name."""
        domain = qualify(self.identity.names)
        renames = " ".join(
            f"IF EXISTS (SELECT FROM pg_constraint WHERE contypid = {literal(domain)}::regtype"
            f" AND conname = {literal(was)}) THEN"
            f" ALTER DOMAIN {domain} RENAME CONSTRAINT {quote(was)} TO {quote(now)}; END IF;"
            for was, now in pairs
            if was != now
        )
        return [f"DO {literal(f'BEGIN {renames} END')}"] if renames else []


# What PostgreSQL puts behind a domain's name for that of a constraint which has none.
_CHECK, _NOT_NULL = "check", "not_null"

_Check = tuple[str, str]


@dataclass(frozen=True)
class _Clauses:
    """A canonical CREATE DOMAIN taken apart; constraints by the names that they have, or get from PostgreSQL.

    `type` is the type with its collation, `not_null` the name of that constraint, None where there is none. Of the
    checks those without a name of their own stand first, `unnamed` of them.
    """

    text: str
    type: str
    default: str | None
    not_null: str | None
    checks: tuple[_Check, ...]
    unnamed: int


def _clauses(text: str, domain: str) -> _Clauses:
    fields = parse(text).fields
    constraints = [item["Constraint"] for item in fields.get("constraints", ())]
    starts = [offset(text, constraint["location"]) for constraint in constraints]
    pieces = [text[start:end].strip() for start, end in zip(starts, [*starts, len(text)][1:], strict=True)]
    found: dict[str, list[tuple[str | None, str]]] = {}
    for constraint, piece in zip(constraints, pieces, strict=True):
        found.setdefault(constraint["contype"], []).append((constraint.get("conname"), piece))
    defaults, not_nulls = found.get("CONSTR_DEFAULT", []), found.get("CONSTR_NOTNULL", [])
    checks = sorted(found.get("CONSTR_CHECK", []), key=lambda check: check[0] or "")
    named = {name for name, _ in checks if name is not None}
    usual = (name for n in range(len(checks) + len(named)) if (name := _usual(domain, n)) not in named)
    head = text[: starts[0]].rstrip() if starts else text
    return _Clauses(
        " ".join([head, *(piece for _, piece in (*defaults, *not_nulls, *checks))]),
        head[offset(text, fields["typeName"]["location"]) :],
        defaults[0][1] if defaults else None,
        (not_nulls[0][0] or usual_name(domain, (), _NOT_NULL)) if not_nulls else None,
        tuple((name or next(usual), _without_name(piece)) for name, piece in checks),
        len(checks) - len(named),
    )


def _usual(domain: str, number: int) -> str:
    return usual_name(domain, (), f"{_CHECK}{number or ''}")


def _without_name(piece: str) -> str:
    head, _, rest = piece.partition(" ")
    return rest[len_of_name(rest) :].lstrip() if head == "CONSTRAINT" else piece


def _drop_constraint(domain: str, name: str) -> str:
    """In a subtransaction: else PostgreSQL refuses to begin the next one, with "unprocessed inval messages"."""
    drop = f"ALTER DOMAIN {domain} DROP CONSTRAINT {name};"
    return f"DO {literal(f'BEGIN BEGIN {drop} EXCEPTION WHEN raise_exception THEN RAISE; END; END')}"


def _difference(before: _Clauses, after: _Clauses) -> tuple[list[_Check], list[_Check]]:
    """The checks that go and those that come.

    Which of those without a name goes cannot be told where PostgreSQL numbered them otherwise (another object of the
    schema had the name), so all go together: then the names are there, or the server says that they are not.
    """
    gone = [check for check in before.checks if check not in after.checks]
    come = [check for check in after.checks if check not in before.checks]
    if any(check in before.checks[: before.unnamed] for check in gone):
        gone = list(dict.fromkeys([*before.checks[: before.unnamed], *gone]))
        come = list(dict.fromkeys([*after.checks[: after.unnamed], *come]))
    return gone, come
