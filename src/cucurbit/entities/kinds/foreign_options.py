"""The options of foreign objects: `OPTIONS (host 'x', port '5432')`, whose order means nothing.

What is secret among them stands in no file. Set by hand in the database it stays there: no definition has it, no ALTER
touches it. https://www.postgresql.org/docs/current/sql-createserver.html
"""

from __future__ import annotations

from collections.abc import Mapping

from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.secrets import is_secret, secret_condition

Options = dict[str, str]


def options_of(fields: Fields, field: str = "options") -> Options:
    """The options in a tree by their names."""
    options = (node["DefElem"] for node in fields.get(field, ()))
    return {option["defname"]: option["arg"]["String"].get("sval", "") for option in options}


def refuse_secrets(given: Options, what: str, by_hand: str) -> None:
    """Raise SqlError, without its value, for an option that is secret; `by_hand` is what sets it in a database."""
    for name, value in given.items():
        if is_secret(name, value):
            raise SqlError(
                f"the option {name} of {what} is a secret, and a file is no place for one",
                hint="Leave it out, and set it by hand in each database: it stays there, whatever migrations do.\n"
                f"  {by_hand} OPTIONS (ADD {quote(name)} …)\n"
                "Or name what needs none in a file: passfile, sslcert and sslkey, a service.",
            )


def options_text(options: Mapping[str, object]) -> str:
    """` OPTIONS (…)` with the names in order; nothing where there are none."""
    pairs = ", ".join(f"{quote(name)} {literal(str(options[name]))}" for name in sorted(options))
    return f" OPTIONS ({pairs})" if pairs else ""


def options_change(old: Options, new: Options) -> str:
    """` OPTIONS (ADD …, SET …, DROP …)`, nothing where they are equal."""
    changes = [f"DROP {quote(name)}" for name in sorted(old.keys() - new.keys())]
    changes += [
        f"{'SET' if name in old else 'ADD'} {quote(name)} {literal(new[name])}"
        for name in sorted(new)
        if old.get(name) != new[name]
    ]
    return f" OPTIONS ({', '.join(changes)})" if changes else ""


def options_in_catalog(array: str) -> str:
    """SQL for ` OPTIONS (…)` of an array as the catalogs keep them, without what is secret."""
    return f"""
        coalesce((select ' OPTIONS (' || string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value),
                                                    ', ' order by o.option_name collate "C") || ')'
                    from pg_options_to_table({array}) o
                   where not {secret_condition("o.option_name", "coalesce(o.option_value, '')")}), '')
    """  # noqa: S608 - an expression of ours


def options_lost(catalog: str, oid: str, array: str, relation: str | None = None) -> str:
    """`Entity.lost` for the objects of a catalog: the names of their secret options; `relation` is what to read."""
    return f"""
        select '{catalog}'::regclass as classid, x.{oid} as objid,
               'the option ' || string_agg(o.option_name, ', ' order by o.option_name) as words
          from {relation or catalog} x, pg_options_to_table(x.{array}) o
         where {secret_condition("o.option_name", "coalesce(o.option_value, '')")}
         group by x.{oid}
    """  # noqa: S608 - names of catalogs
