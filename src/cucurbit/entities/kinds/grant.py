"""Rights that are granted. https://www.postgresql.org/docs/current/sql-grant.html"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.kinds.rights import ALL, OF_PUBLIC, Right, named_role, rights
from cucurbit.entities.kinds.said import PUBLIC


def granted(*, is_grantable: bool) -> str:
    """The catalog query for rights of others than the owner, but for those that an object has by itself."""
    return rights(
        f"""
        select r.* from aclexplode(b.acl) r
         where r.grantee <> b.owner and r.is_grantable = {str(is_grantable).lower()}
           and (b.is_otherwise
                or (r.grantee, r.privilege_type, r.is_grantable) not in (
                    select u.grantee, u.privilege_type, u.is_grantable from aclexplode(b.usual) u))
        """,  # noqa: S608 - a constant
        "GRANT",
        "to",
        " WITH GRANT OPTION" if is_grantable else "",
    )


class Grant(Right):
    """`grant select on orders to app`: one object, one role, any privileges. They are granted and revoked in place."""

    kind = "grant"
    example = "grant select, insert on orders to app"
    provides = frozenset({"right"})  # one with the option comes behind one without that goes
    preposition = "to"
    is_grant = True
    catalog = granted(is_grantable=False)
    after = ""

    def __init__(self, privileges: str | Sequence[str], *, on: str, to: str) -> None:
        """Rights: `Grant("select, insert", on="orders", to="app")`; `on` is SQL, for all but tables with the type.

        Those on a column have it behind each privilege: `Grant("select (total)", on="orders", to="app")`.
        """
        words = privileges if isinstance(privileges, str) else ", ".join(privileges)
        super().__init__(f"grant {words} on {on} to {named_role(to)}{self.after.lower()}")

    @property
    def canonical(self) -> str:
        """The statement, written out."""
        return self.statement("GRANT", self.privileges, "TO", self.after)

    def replace_statements(self, old: Self) -> list[str] | None:
        """REVOKE of what goes, GRANT of what comes."""
        gone, _ = self.difference(old)
        return [*([self.statement("REVOKE", gone, "FROM")] if gone else []), self.canonical]

    def drop_statements(self) -> list[str]:
        """REVOKE."""
        return [self.statement("REVOKE", self.privileges, "FROM")]

    def joined(self, other: Self) -> Self:
        """The privileges of both."""
        both = sorted({*self.privileges, *other.privileges})
        sql = self.statement("GRANT", [ALL] if ALL in both else both, "TO", self.after)
        return self.of(sql, home=self.home, origin=self.origin, app=self.app)

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """What PUBLIC has on every new object need not be granted, unless default privileges took it away."""
        yield from super().check(declared)
        usual = OF_PUBLIC.get(self.target.type)
        is_usual = self.role == PUBLIC and usual is not None and self.privileges in (usual, [ALL])
        if is_usual and not any(i.kind == "default privileges" for i in declared.identities):
            yield Finding(
                "error",
                f"PUBLIC has {', '.join(usual or ())} on every {self.target.type} by itself",
                self,
                hint="Remove the statement.",
            )
