"""Row security policies. https://www.postgresql.org/docs/current/sql-createpolicy.html"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import relation_name
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, parse


class Policy(Entity):
    """`create policy own on orders using (…)`. Roles and expressions are altered in place."""

    kind = "policy"
    node = "CreatePolicyStmt"
    example = "create policy own on orders using (…)"
    rank = 85
    drop = "POLICY"
    relation_field = "table"
    catalog = """
        select 'pg_policy'::regclass as classid, p.oid as objid,
               array[n.nspname::text, c.relname::text, p.polname::text] as key,
               format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s', p.polname, n.nspname, c.relname,
                      case when p.polpermissive then 'PERMISSIVE' else 'RESTRICTIVE' end,
                      case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE'
                                    when 'd' then 'DELETE' else 'ALL' end,
                      (select string_agg(case r when 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', '
                                         order by case r when 0 then 'public' else pg_get_userbyid(r) end)
                         from unnest(p.polroles) r))
                 || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
                 || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') as definition
          from pg_policy p
          join pg_class c on c.oid = p.polrelid
          join pg_namespace n on n.oid = c.relnamespace
    """
    # Nobody else sees it: the table is locked until the transaction ends.
    cut = """
        select 'pg_policy'::regclass as classid, p.oid as objid,
               format('ALTER POLICY %I ON %I.%I', p.polname, n.nspname, c.relname)
                 || case when p.polqual is null then '' else ' USING (false)' end
                 || case when p.polwithcheck is null then '' else ' WITH CHECK (false)' end as statement
          from pg_policy p
          join pg_class c on c.oid = p.polrelid
          join pg_namespace n on n.oid = c.relnamespace
    """

    def __init__(
        self,
        name: str,
        table: str,
        *,
        using: str | None = None,
        check: str | None = None,
        command: str = "all",
        roles: Sequence[str] = (),
        permissive: bool = True,
        schema: str | None = None,
    ) -> None:
        """A policy: `Policy("own", "orders", using="customer = current_user")`; `using` and `check` are SQL."""
        on = qualify((schema, table) if schema else (table,))
        parts = [
            f"create policy {quote(name)} on {on}",
            "" if permissive else "as restrictive",
            f"for {command}",
            f"to {', '.join(map(_role, roles))}" if roles else "",
            f"using ({using})" if using else "",
            f"with check ({check})" if check else "",
        ]
        super().__init__("\n".join(filter(None, parts)))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders", "own")`."""
        return Identity(cls.kind, (*relation_name(fields["table"], home), fields["policy_name"]))

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER POLICY, which can change roles and expressions, but cannot take one away, nor change the command."""
        before, after = old.tree.fields, self.tree.fields
        fixed = ("cmd_name", "permissive")
        if [before.get(f) for f in fixed] != [after.get(f) for f in fixed]:
            return None
        if any(f in before and f not in after for f in ("qual", "with_check")):
            return None
        return [_alter(self.canonical)]

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """A policy on a table without row level security does nothing."""
        schema, table = relation_name(self.tree.fields["table"], self.home)
        if Identity("row level security", (schema, table, "enable")) not in declared.identities:
            yield Finding(
                "warning",
                f"policy {self.identity.name} has no effect: row level security is not enabled on {schema}.{table}",
                self,
                hint=f"Declare: alter table {qualify((schema, table))} enable row level security",
            )


def _role(name: str) -> str:
    return name if name in ("public", "current_user", "session_user", "current_role") else quote(name)


def _alter(canonical: str) -> str:
    """ALTER POLICY from a canonical CREATE POLICY, whose clauses have one order: AS, FOR, TO, USING, WITH CHECK."""
    fields: dict[str, Any] = parse(canonical).fields
    name, table = quote(fields["policy_name"]), relation_name(fields["table"], "")
    tail = canonical[canonical.index(" TO ", canonical.index(f" ON {qualify(table)}")) :]
    return f"ALTER POLICY {name} ON {qualify(table)}{tail}"
