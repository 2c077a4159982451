"""Collations. https://www.postgresql.org/docs/current/sql-createcollation.html"""

from __future__ import annotations

from functools import cached_property

from cucurbit.entities.kinds.defined import Defined, name_in, text_in, truth_in
from cucurbit.sql.names import literal, qualify
from cucurbit.sql.references import References


class Collation(Defined):
    """`create collation german (provider = icu, locale = 'de')`, or `from` another; a change makes it anew."""

    kind = "collation"
    makes = "OBJECT_COLLATION"
    example = "create collation german (provider = icu, locale = 'de')"
    rank = 22
    provides = frozenset({"collation"})
    drop = "COLLATION"
    # The version is the server's, and left out as pg_dump leaves it out. The columns are other ones before 15 and 17;
    # one for an encoding that is not the database's is not there for it.
    catalog = """
        select 'pg_collation'::regclass as classid, c.oid as objid, array[n.nspname::text, c.collname::text] as key,
               format('CREATE COLLATION %I.%I (provider = %s', n.nspname, c.collname,
                      case c.collprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end)
                 || case when c.collisdeterministic then '' else ', deterministic = false' end
                 || case when l.locale is not null then format(', locale = %L', l.locale)
                         else format(', lc_collate = %L, lc_ctype = %L', c.collcollate, c.collctype) end
                 || coalesce(', rules = ' || quote_literal(nullif(to_jsonb(c)->>'collicurules', '')), '')
                 || ')' as definition
          from pg_collation c
          join pg_namespace n on n.oid = c.collnamespace
         cross join lateral (
               select coalesce(to_jsonb(c)->>'colllocale', to_jsonb(c)->>'colliculocale',
                               case when c.collcollate = c.collctype then c.collcollate end) as locale) l
         where c.collencoding in (-1, pg_char_to_encoding(getdatabaseencoding()))
    """

    def __init__(
        self,
        name: str,
        *,
        locale: str | None = None,
        provider: str | None = None,
        deterministic: bool = True,
        rules: str | None = None,
        like: str | None = None,
        schema: str | None = None,
    ) -> None:
        """A collation of a provider's (`libc`, `icu`, `builtin`), or `like` another, whose name is SQL."""
        head = f"create collation {qualify((schema, name) if schema else (name,))}"
        options = [
            f"provider = {provider}" if provider else "",
            f"locale = {literal(locale)}" if locale is not None else "",
            "" if deterministic else "deterministic = false",
            f"rules = {literal(rules)}" if rules is not None else "",
        ]
        super().__init__(f"{head} from {like}" if like else f"{head} ({', '.join(filter(None, options))})")

    @cached_property
    def canonical(self) -> str:
        """Options in one order, without those that say what is so anyway."""
        if "from" in self.options:
            return f"CREATE COLLATION {qualify(self.identity.names)} FROM {qualify(self.names_of('from'))}"
        values = {name: text_in(value) or "" for name, value in self.options.items()}
        if values.get("lc_collate", "") == values.get("lc_ctype"):
            values["locale"] = values.pop("lc_collate")
            del values["lc_ctype"]
        provider = values.pop("provider", "libc").lower()
        if truth_in(self.options.get("deterministic")):
            values.pop("deterministic", None)
        else:
            values["deterministic"] = "false"
        ordered = [(name, literal(value)) for name, value in sorted(values.items())]
        return self.written([("provider", qualify([provider])), *ordered])

    def refers(self, found: References) -> None:
        """The one that it is made from."""
        super().refers(found)
        if "from" in self.options:
            found.others.add(("collation", *name_in(self.options["from"])))
