"""What functions and procedures have in common: their identity, their SQL, their place in pg_proc."""

from __future__ import annotations

from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import Fields, Node, or_replace, strings
from cucurbit.sql.types import argument_type

_NOT_INPUT = frozenset({"FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"})


class Routine(Entity):
    """A function or a procedure; not a kind by itself."""

    node = "CreateFunctionStmt"
    rank = 50
    provides = frozenset({"routine"})
    qualify_head = True
    has_arguments = True
    is_procedure = False
    # Only a parsed body refers to anything. Defaults that call something would stay, so those are dropped.
    cut = r"""
        select 'pg_proc'::regclass as classid, p.oid as objid,
               replace(pg_get_functiondef(p.oid), pg_get_function_sqlbody(p.oid),
                       $$AS 'select ''this routine is set aside while a migration runs''::boolean'$$) as statement
          from pg_proc p
         where p.prosqlbody is not null and p.prokind in ('f', 'p')
           and coalesce(p.proargdefaults::text, '') !~ '{(FUNCEXPR|OPEXPR|NEXTVALUEEXPR)'
    """

    @classmethod
    def accepts(cls, node: Node) -> bool:
        """Procedures share their statement with functions."""
        return node.tag == cls.node and bool(node.fields.get("is_procedure")) == cls.is_procedure

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """Schema, name and the types of the input arguments: an overload is another routine."""
        parameters = [parameter["FunctionParameter"] for parameter in fields.get("parameters", ())]
        inputs = [argument_type(p["argType"], home) for p in parameters if p["mode"] not in _NOT_INPUT]
        return Identity(cls.kind, home_name(strings(fields["funcname"]), home), tuple(inputs))

    @classmethod
    def is_qualified(cls, fields: Fields) -> bool:
        """Whether the routine's name has a schema."""
        return len(fields["funcname"]) > 1

    def replace_statements(self, old: Self) -> list[str] | None:
        """CREATE OR REPLACE; the server refuses another return type or renamed arguments."""
        return [or_replace(self.sql)]


def routine_sql(
    what: str, name: str, body: str, *, arguments: str, returns: str, language: str, options: str, schema: str | None
) -> str:
    """The CREATE statement of a routine; the body is quoted with dollars that do not occur in it."""
    tag = "$$"
    while tag in body or body.endswith("$"):
        tag = f"${'q' * (len(tag) - 1)}$"
        if tag not in body:
            break
    head = f"create {what} {qualify((schema, name) if schema else (name,))}({arguments})"
    parts = [head, f"returns {returns}" if returns else "", f"language {language}", options]
    return "\n".join(filter(None, parts)) + f"\nas {tag}{body}{tag}"


def routines_query(words: str) -> str:
    """The catalog query for the routines whose `prokind` is among `words`."""
    return f"""
        select 'pg_proc'::regclass as classid, p.oid as objid,
               array[n.nspname::text, p.proname::text]
                 || array(select format_type(a.t, null) from unnest(p.proargtypes) with ordinality a(t, i) order by i)
               as key,
               pg_get_functiondef(p.oid) as definition
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where p.prokind in ({words})
    """  # noqa: S608 - the words are constants of this package
