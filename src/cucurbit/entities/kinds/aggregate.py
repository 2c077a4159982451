"""Aggregates. https://www.postgresql.org/docs/current/sql-createaggregate.html"""

from __future__ import annotations

from functools import cached_property
from typing import Self

from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.defined import Defined
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, qualify
from cucurbit.sql.options import Grammar, listed, options
from cucurbit.sql.parse import Fields, name_of, or_replace, strings
from cucurbit.sql.references import References
from cucurbit.sql.types import argument_type

_MOVING = ("msfunc", "minvfunc", "mfinalfunc")
_ROUTINES = ("sfunc", "finalfunc", "combinefunc", "serialfunc", "deserialfunc", *_MOVING)
_GRAMMAR = Grammar(
    order=(
        *("sfunc", "stype", "sspace", "finalfunc", "finalfunc_extra", "finalfunc_modify", "combinefunc"),
        *("serialfunc", "deserialfunc", "initcond", "msfunc", "minvfunc", "mstype", "msspace", "mfinalfunc"),
        *("mfinalfunc_extra", "mfinalfunc_modify", "minitcond", "sortop", "parallel", "hypothetical"),
    ),
    routines=_ROUTINES,
    operators=("sortop",),
    flags=("finalfunc_extra", "mfinalfunc_extra", "hypothetical"),
    words=("finalfunc_modify", "mfinalfunc_modify", "parallel"),
    constants=("initcond", "minitcond"),
    aliases={"sfunc1": "sfunc", "stype1": "stype", "initcond1": "initcond"},
)


class Aggregate(Defined):
    """`create aggregate total(integer) (sfunc = int4pl, stype = integer)`, of every sort; replaced in place."""

    kind = "aggregate"
    makes = "OBJECT_AGGREGATE"
    example = "create aggregate total(integer) (sfunc = int4pl, stype = integer)"
    rank = 51
    provides = frozenset({"routine"})
    drop = "ROUTINE"  # whose list of types is plain: AGGREGATE wants `*` for none, and ORDER BY where there is one
    has_arguments = True
    catalog = """
        select 'pg_proc'::regclass as classid, p.oid as objid,
               array[n.nspname::text, p.proname::text]
                 || array(select format_type(a.t, null) from unnest(p.proargtypes) with ordinality a(t, i) order by i)
               as key,
               format('CREATE AGGREGATE %I.%I(%s) (', n.nspname, p.proname,
                      coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*'))
                 || concat_ws(', ', 'SFUNC = ' || a.aggtransfn, 'STYPE = ' || format_type(a.aggtranstype, null),
                      'SSPACE = ' || nullif(a.aggtransspace, 0), 'FINALFUNC = ' || nullif(a.aggfinalfn::text, '-'),
                      case when a.aggfinalextra then 'FINALFUNC_EXTRA' end,
                      case when a.aggfinalfn <> 0 then 'FINALFUNC_MODIFY = ' || case a.aggfinalmodify
                           when 'r' then 'READ_ONLY' when 's' then 'SHAREABLE' else 'READ_WRITE' end end,
                      'COMBINEFUNC = ' || nullif(a.aggcombinefn::text, '-'),
                      'SERIALFUNC = ' || nullif(a.aggserialfn::text, '-'),
                      'DESERIALFUNC = ' || nullif(a.aggdeserialfn::text, '-'),
                      'INITCOND = ' || quote_literal(a.agginitval),
                      'MSFUNC = ' || nullif(a.aggmtransfn::text, '-'),
                      'MINVFUNC = ' || nullif(a.aggminvtransfn::text, '-'),
                      'MSTYPE = ' || format_type(nullif(a.aggmtranstype, 0), null),
                      'MSSPACE = ' || nullif(a.aggmtransspace, 0), 'MFINALFUNC = ' || nullif(a.aggmfinalfn::text, '-'),
                      case when a.aggmfinalextra then 'MFINALFUNC_EXTRA' end,
                      case when a.aggmfinalfn <> 0 then 'MFINALFUNC_MODIFY = ' || case a.aggmfinalmodify
                           when 'r' then 'READ_ONLY' when 's' then 'SHAREABLE' else 'READ_WRITE' end end,
                      'MINITCOND = ' || quote_literal(a.aggminitval),
                      (select format('SORTOP = OPERATOR(%I.%s)', m.nspname, o.oprname)
                         from pg_operator o join pg_namespace m on m.oid = o.oprnamespace where o.oid = a.aggsortop),
                      'PARALLEL = ' || case p.proparallel when 's' then 'SAFE' when 'r' then 'RESTRICTED' end,
                      case when a.aggkind = 'h' then 'HYPOTHETICAL' end) || ')' as definition
          from pg_proc p
          join pg_namespace n on n.oid = p.pronamespace
          join pg_aggregate a on a.aggfnoid = p.oid
    """

    def __init__(
        self,
        name: str,
        arguments: str,
        *,
        sfunc: str,
        stype: str,
        finalfunc: str | None = None,
        combinefunc: str | None = None,
        initcond: str | None = None,
        options: str = "",
        schema: str | None = None,
    ) -> None:
        """An aggregate: `Aggregate("total", "integer", sfunc="int4pl", stype="integer")`.

        `arguments` (`*` for none, `float8 order by anyelement`), the names of functions and types, and `options`
        (`sortop = >, parallel = safe`) are SQL; `initcond` is a text.
        """
        parts = [
            f"sfunc = {sfunc}",
            f"stype = {stype}",
            f"finalfunc = {finalfunc}" if finalfunc else "",
            f"combinefunc = {combinefunc}" if combinefunc else "",
            f"initcond = {literal(initcond)}" if initcond is not None else "",
            options,
        ]
        head = f"create aggregate {qualify((schema, name) if schema else (name,))}({arguments})"
        super().__init__(f"{head} (\n  {f',{chr(10)}  '.join(filter(None, parts))}\n)")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """Schema, name and the types of all arguments, those behind ORDER BY included."""
        types = tuple(argument_type(type_, home) for type_ in _arguments(fields))
        return Identity(cls.kind, home_name(strings(fields["defnames"]), home), types)

    @cached_property
    def canonical(self) -> str:
        """With the newer syntax, and each option spelled in one way."""
        head, found = options(super().canonical)
        if self.tree.fields.get("oldstyle"):
            base = found.pop("basetype", None)
            head += f" ({base.text if base and base.value.lower() != 'any' else '*'})"
        return f"{head} {listed(_GRAMMAR.folded(found, _defaults(self.tree.fields)))}"

    def replace_statements(self, old: Self) -> list[str] | None:
        """CREATE OR REPLACE; the server refuses another type of result, or another sort of aggregate."""
        return [or_replace(self.sql)]

    def refers(self, found: References) -> None:
        """Functions and words look like types in the options."""
        found.types = {name_of(type_["names"]) for type_ in _arguments(self.tree.fields)}
        for name, option in options(self.canonical)[1].items():
            if name in _ROUTINES:
                found.routines.add(option.reference)
            elif name in ("stype", "mstype"):
                found.types.add(option.reference)
            elif name == "sortop":
                found.others.add(("operator", *option.reference))


def _arguments(fields: Fields) -> list[Fields]:
    """The types of the arguments, those behind ORDER BY included."""
    if not fields.get("oldstyle"):
        return [item["FunctionParameter"]["argType"] for item in fields["args"][0].get("List", {}).get("items", ())]
    options_ = {item["DefElem"]["defname"]: item["DefElem"].get("arg", {}) for item in fields["definition"]}
    base = options_.get("basetype")
    if base is None:
        raise SqlError("an aggregate needs its arguments", hint="Write: create aggregate NAME(…) (sfunc = …)")
    type_ = base.get("TypeName") or {"names": [base]}
    return [] if strings(type_["names"])[-1].lower() == "any" else [type_]


def _defaults(fields: Fields) -> dict[str, str]:
    """What each option says where it is not given: an ordered-set aggregate may change its state at the end."""
    is_ordered = not fields.get("oldstyle") and fields["args"][1]["Integer"].get("ival", 0) >= 0
    usual = "read_write" if is_ordered else "read_only"
    return {
        "finalfunc_modify": usual,
        "mfinalfunc_modify": usual,
        "parallel": "unsafe",
        "sspace": "0",
        "msspace": "0",
    }
