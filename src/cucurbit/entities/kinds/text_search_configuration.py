"""Text search configurations. https://www.postgresql.org/docs/current/sql-createtsconfig.html"""

from __future__ import annotations

from typing import Self

from cucurbit.entities.kinds.defined import TextSearch, name_in, written_options
from cucurbit.sql.names import literal, qualify
from cucurbit.sql.references import References


class TextSearchConfiguration(TextSearch):
    """`create text search configuration ours (parser = default)`, or `(copy = english)`; a change makes it anew.

    Its mappings are entities of their own. A copy has those of the other from the start, and they stay its own.
    """

    kind = "text search configuration"
    makes = "OBJECT_TSCONFIGURATION"
    example = "create text search configuration ours (copy = english)"
    rank = 36
    provides = frozenset({"text search configuration"})
    drop = "TEXT SEARCH CONFIGURATION"
    is_exact = True  # its own statement does not say its mappings, and a copy is of what the other was then
    forgets_marks = True
    # ALTER MAPPING adds one that is not there, and does not mind one that is.
    catalog = """
        select 'pg_ts_config'::regclass as classid, c.oid as objid, array[n.nspname::text, c.cfgname::text] as key,
               format('CREATE TEXT SEARCH CONFIGURATION %I.%I (parser = %I.%I)', n.nspname, c.cfgname,
                      pn.nspname, p.prsname)
                 || coalesce((
                    select string_agg(format(E';\\nALTER TEXT SEARCH CONFIGURATION %I.%I ALTER MAPPING FOR %I WITH %s',
                             n.nspname, c.cfgname, t.alias, m.dictionaries), '' order by t.tokid)
                      from ts_token_type(c.cfgparser) t
                     cross join lateral (
                           select string_agg(format('%I.%I', dn.nspname, d.dictname), ', ' order by m.mapseqno)
                                  as dictionaries
                             from pg_ts_config_map m
                             join pg_ts_dict d on d.oid = m.mapdict
                             join pg_namespace dn on dn.oid = d.dictnamespace
                            where m.mapcfg = c.oid and m.maptokentype = t.tokid) m
                     where m.dictionaries is not null), '') as definition
          from pg_ts_config c
          join pg_namespace n on n.oid = c.cfgnamespace
          join pg_ts_parser p on p.oid = c.cfgparser
          join pg_namespace pn on pn.oid = p.prsnamespace
    """

    def __init__(
        self, name: str, *, parser: str | None = None, copy: str | None = None, schema: str | None = None
    ) -> None:
        """A configuration with a parser, or a copy of another; both are names, as SQL."""
        head = f"create text search configuration {qualify((schema, name) if schema else (name,))}"
        super().__init__(f"{head} {written_options({'parser': parser, 'copy': copy})}")

    @property
    def is_copy(self) -> bool:
        """Whether it has mappings from the start."""
        return "copy" in self.options

    @property
    def place(self) -> int:
        """A copy comes behind the mappings of the other."""
        return self.rank + 2 if self.is_copy else self.rank

    def replace_statements(self, old: Self) -> list[str] | None:
        """A new one under the old name, with all mappings of the old one that were not copied into that.

        The same again, if it is a copy, gets back what it copies and has not.
        """
        schema, _ = self.identity.names
        name = qualify(self.identity.names)
        if self.canonical == old.canonical:
            missing = _COPY.format(name=literal(name), origin=self._source("o"), unless=_IS_MAPPED)
            return [missing] if self.is_copy else None
        aside = qualify((schema, _ASIDE))
        copied = _IS_COPIED.format(source=old._source("s"))
        return [
            f"ALTER TEXT SEARCH CONFIGURATION {name} RENAME TO {_ASIDE}",
            self.canonical,
            _COPY.format(name=literal(name), origin=f"o.oid = {literal(aside)}::regconfig", unless=copied),
            f"DROP TEXT SEARCH CONFIGURATION {aside}",
        ]

    def _source(self, alias: str) -> str:
        """A condition, true for the row of the configuration that it copies; for none where it is no copy."""
        *schema, name = self.names_of("copy") or [""]
        where = f"pg_ts_config_is_visible({alias}.oid)"
        if schema:
            namespace = f"(SELECT nspname FROM pg_namespace n WHERE n.oid = {alias}.cfgnamespace)"  # noqa: S608
            where = f"{namespace} = {literal(schema[-1])}"
        return f"{alias}.cfgname = {literal(name)} AND {where}"

    def refers(self, found: References) -> None:
        """Its parser, or the one that it copies."""
        super().refers(found)
        for option, sort in (("parser", "text search parser"), ("copy", "text search configuration")):
            if option in self.options:
                found.others.add((sort, *name_in(self.options[option])))


# Not made from its own name, which may be as long as a name can be.
_ASIDE = "cucurbit__replaced"

# All mappings of `origin` to the configuration `name`, unless there is such a row. A token type of the one's parser may
# not be one of the other's.
_COPY = """DO $copy$
DECLARE
  mapping record;
BEGIN
  FOR mapping IN
    SELECT t.alias, m.dictionaries
      FROM pg_ts_config o
     CROSS JOIN LATERAL ts_token_type(o.cfgparser) t
     CROSS JOIN LATERAL (
           SELECT array_agg(mapdict ORDER BY mapseqno) AS oids,
                  string_agg(mapdict::regdictionary::text, ', ' ORDER BY mapseqno) AS dictionaries
             FROM pg_ts_config_map WHERE mapcfg = o.oid AND maptokentype = t.tokid) m
      JOIN pg_ts_config c ON c.oid = {name}::regconfig
     CROSS JOIN LATERAL ts_token_type(c.cfgparser) ct
     WHERE {origin} AND m.oids IS NOT NULL AND ct.alias = t.alias
       AND NOT EXISTS ({unless})
  LOOP
    EXECUTE format('ALTER TEXT SEARCH CONFIGURATION %s ALTER MAPPING FOR %I WITH %s', {name}, mapping.alias,
                   mapping.dictionaries);
  END LOOP;
END
$copy$"""
_IS_MAPPED = "SELECT FROM pg_ts_config_map WHERE mapcfg = c.oid AND maptokentype = ct.tokid"
_IS_COPIED = """
           SELECT FROM pg_ts_config s JOIN pg_ts_config_map h ON h.mapcfg = s.oid AND h.maptokentype = t.tokid
            WHERE {source} GROUP BY s.oid HAVING array_agg(h.mapdict ORDER BY h.mapseqno) = m.oids"""
