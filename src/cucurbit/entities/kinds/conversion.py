"""Conversions between encodings. https://www.postgresql.org/docs/current/sql-createconversion.html"""

from __future__ import annotations

import re
from functools import cached_property

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.sql.names import literal, qualify
from cucurbit.sql.parse import Fields, name_of, strings
from cucurbit.sql.references import References

# The names that the server knows an encoding by beside its own; blanks, signs and case do not count.
# https://www.postgresql.org/docs/current/multibyte.html#MULTIBYTE-CHARSET-SUPPORTED
_ALIASES = {
    "alt": "win866",
    "euccn": "euc_cn",
    "koi8": "koi8r",
    "mskanji": "sjis",
    "shiftjis": "sjis",
    "tcvn": "win1258",
    "tcvn5712": "win1258",
    "unicode": "utf8",
    "vscii": "win1258",
    "win": "win1251",
    "win932": "sjis",
    "win936": "gbk",
    "win949": "uhc",
    "win950": "big5",
    "windows932": "sjis",
    "windows936": "gbk",
    "windows949": "uhc",
    "windows950": "big5",
    **{f"iso8859{part}": f"latin{part}" for part in range(1, 5)},
    **{f"iso8859{part}": f"latin{latin}" for part, latin in ((9, 5), (10, 6), (13, 7), (14, 8), (15, 9), (16, 10))},
    **{f"windows{page}": f"win{page}" for page in (866, 874, *range(1250, 1259))},
}


class Conversion(Entity):
    """`create default conversion ours for 'LATIN1' to 'UTF8' from convert_ours`; a change makes it anew."""

    kind = "conversion"
    node = "CreateConversionStmt"
    example = "create conversion ours for 'LATIN1' to 'UTF8' from convert_ours"
    rank = 52
    drop = "CONVERSION"
    qualify_head = True
    catalog = """
        select 'pg_conversion'::regclass as classid, c.oid as objid, array[n.nspname::text, c.conname::text] as key,
               format('CREATE %sCONVERSION %I.%I FOR %L TO %L FROM %s', case when c.condefault then 'DEFAULT ' end,
                      n.nspname, c.conname, pg_encoding_to_char(c.conforencoding),
                      pg_encoding_to_char(c.contoencoding), c.conproc) as definition
          from pg_conversion c
          join pg_namespace n on n.oid = c.connamespace
    """

    def __init__(
        self, name: str, *, source: str, target: str, function: str, default: bool = False, schema: str | None = None
    ) -> None:
        """A conversion from an encoding to another by a function, whose name is SQL."""
        head = f"create {'default ' if default else ''}conversion {qualify((schema, name) if schema else (name,))}"
        super().__init__(f"{head} for {literal(source)} to {literal(target)} from {function}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "ours")`."""
        return Identity(cls.kind, home_name(strings(fields["conversion_name"]), home))

    @cached_property
    def canonical(self) -> str:
        """With the names of encodings as they are without what does not count."""
        fields = self.tree.fields
        source, target = (literal(_encoding(fields[f"{side}_encoding_name"])) for side in ("for", "to"))
        default = "DEFAULT " if fields.get("def") else ""
        name, function = qualify(self.identity.names), qualify(strings(fields["func_name"]))
        return f"CREATE {default}CONVERSION {name} FOR {source} TO {target} FROM {function}"

    def refers(self, found: References) -> None:
        """The function."""
        found.routines.add(name_of(self.tree.fields["func_name"]))


def _encoding(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return _ALIASES.get(plain, plain)
