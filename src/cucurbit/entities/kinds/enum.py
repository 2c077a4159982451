"""Enumerated types, declared or taken from the models. https://www.postgresql.org/docs/current/sql-createtype.html"""

from __future__ import annotations

from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.sql.names import literal, qualify
from cucurbit.sql.parse import Fields, strings


class EnumType(Entity):
    """`create type mood as enum ('sad', 'happy')`. Values are added in place; other changes convert the columns."""

    kind = "enum"
    node = "CreateEnumStmt"
    example = "create type mood as enum ('sad', 'happy')"
    rank = 30
    provides = frozenset({"type"})
    drop = "TYPE"
    qualify_head = True
    used_later = True
    forgets_marks = True
    catalog = """
        select 'pg_type'::regclass as classid, t.oid as objid, array[n.nspname::text, t.typname::text] as key,
               format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
                      (select string_agg(quote_literal(l.enumlabel), ', ' order by l.enumsortorder)
                         from pg_enum l where l.enumtypid = t.oid)) as definition
          from pg_type t join pg_namespace n on n.oid = t.typnamespace
         where t.typtype = 'e'
    """

    def __init__(self, name: str, *values: str, schema: str | None = None) -> None:
        names = (schema, name) if schema else (name,)
        super().__init__(f"create type {qualify(names)} as enum ({', '.join(map(literal, values))})")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "mood")`."""
        return Identity(cls.kind, home_name(strings(fields["typeName"]), home))

    @classmethod
    def is_qualified(cls, fields: Fields) -> bool:
        """Whether the type's name has a schema."""
        return len(fields["typeName"]) > 1

    @property
    def values(self) -> list[str]:
        """The labels in their order."""
        return strings(self.tree.fields.get("vals", []))

    def replace_statements(self, old: Self) -> list[str] | None:
        """ADD VALUE for each new label where the old ones keep their order; else the type is made anew."""
        before = old.values
        if [value for value in self.values if value in before] != before:
            return self._convert(old)
        statements = []
        for index, value in enumerate(self.values):
            if value in before:
                continue
            place = f" BEFORE {literal(before[0])}" if before else ""
            if index:
                place = f" AFTER {literal(self.values[index - 1])}"
            statements.append(
                f"ALTER TYPE {qualify(self.identity.names)} ADD VALUE IF NOT EXISTS {literal(value)}{place}"
            )
        return statements

    def _convert(self, old: Self) -> list[str]:
        """A new type under the old name, with every column of a table that has the old one converted by its text.

        PostgreSQL cannot remove or reorder the values of a type. Rows with a removed value make it fail, and with it
        the migration. The columns are found on the database that runs it.
        """
        schema, name = self.identity.names
        gone = ", ".join(literal(value) for value in old.values if value not in self.values)
        aside = qualify((schema, _ASIDE))
        type_ = qualify((schema, name))
        return [
            f"ALTER TYPE {type_} RENAME TO {qualify([_ASIDE])}",
            f"CREATE TYPE {type_} AS ENUM ({', '.join(map(literal, self.values))})",
            _CONVERT.format(old=literal(aside), new=literal(type_), gone=f"ARRAY[{gone}]::text[]"),
            f"DROP TYPE {aside}",
        ]


# Not made from the type's own name, which may be as long as a name can be.
_ASIDE = "cucurbit__replaced"

# Checks and partial indexes have the old type's constants in them, so they are out of the way meanwhile.
_CONVERT = """DO $convert$
DECLARE
  col record;
  part record;
  again text[] := '{{}}';
  made text := {new};
  doing text;
  held text;
  rows int8;
BEGIN
  FOR part IN
    SELECT DISTINCT d.classid = 'pg_constraint'::regclass AS is_check, d.objid, r.oid::regclass AS owner, k.conname,
           CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.oid::regclass, k.conname,
                            pg_get_constraintdef(k.oid)) END AS definition
      FROM pg_attribute a
      JOIN pg_type t ON t.oid = a.atttypid AND {old}::regtype IN (t.oid, t.typelem)
      JOIN pg_class r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p')
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.refobjsubid = a.attnum
      LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid AND k.contype = 'c'
      LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
                          AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)
     WHERE NOT a.attisdropped AND coalesce(k.oid, i.indexrelid) IS NOT NULL
  LOOP
    again := again || replace(part.definition, {old}::regtype::text, {new}::regtype::text);
    IF part.is_check THEN
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', part.owner, part.conname);
    ELSE
      EXECUTE format('DROP INDEX %s', part.objid::regclass);
    END IF;
  END LOOP;
  FOR col IN
    SELECT a.attrelid::regclass AS owner, a.attname, CASE WHEN t.typelem = {old}::regtype THEN '[]' ELSE '' END AS dim,
           pg_get_expr(d.adbin, d.adrelid) AS expression
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
     WHERE NOT a.attisdropped AND a.attinhcount = 0 AND {old}::regtype IN (t.oid, t.typelem)
     ORDER BY a.attrelid, a.attnum
  LOOP
    EXECUTE format('SELECT string_agg(DISTINCT quote_literal(v), '', ''), count(DISTINCT (h.tableoid, h.ctid))'
                   ' FROM %s h, unnest(%s) v WHERE v::text = ANY ($1)', col.owner,
                   format(CASE col.dim WHEN '' THEN 'ARRAY[h.%I]' ELSE 'h.%I' END, col.attname))
       INTO held, rows USING {gone};
    IF rows > 0 THEN
      RAISE EXCEPTION USING ERRCODE = 'data_exception',
        MESSAGE = format('column %I of table %s has values in %s that enum %s is to lose: %s', col.attname, col.owner,
                         CASE rows WHEN 1 THEN '1 row' ELSE rows || ' rows' END, {new}, held),
        HINT = 'Give these rows another value first: op.execute("update …"), in a revision before this one.';
    END IF;
    IF col.expression IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', col.owner, col.attname);
    END IF;
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE %s USING %I::text%s::%s', col.owner, col.attname,
                   made || col.dim, col.attname, col.dim, made || col.dim);
    IF col.expression IS NOT NULL THEN
      doing := format('the default of column %I of table %s', col.attname, col.owner);
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', col.owner, col.attname,
                     replace(col.expression, {old}::regtype::text, {new}::regtype::text));
    END IF;
  END LOOP;
  FOR part IN SELECT unnest(again) AS definition LOOP
    doing := part.definition;
    EXECUTE part.definition;
  END LOOP;
EXCEPTION WHEN invalid_text_representation THEN
  RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation', MESSAGE = format('%s: %s', doing, SQLERRM);
END
$convert$"""
