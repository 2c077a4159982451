"""Rights that are taken away. https://www.postgresql.org/docs/current/sql-revoke.html"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.kinds.rights import ALL, OF_PUBLIC, Right, named_role, rights
from cucurbit.entities.kinds.said import PUBLIC

# Objects of the server's own schemas have what initdb gave them.
_OF_THE_SERVER = ("pg_catalog", "information_schema")


class Revoke(Right):
    """`revoke execute on function f(integer) from public`: of what PUBLIC, or the owner, has by itself."""

    kind = "revoke"
    example = "revoke execute on function f(integer) from public"
    rank = 96
    preposition = "from"
    is_grant = False
    catalog = rights(
        """
        select u.* from aclexplode(b.usual) u
         where (u.grantee, u.privilege_type) not in (select r.grantee, r.privilege_type from aclexplode(b.acl) r)
           and u.grantee in (0, b.owner)
        """,
        "REVOKE",
        "from",
    )

    def __init__(self, privileges: str | Sequence[str], *, on: str, from_: str = PUBLIC) -> None:
        """Rights: `Revoke("execute", on="function f(integer)")`; `on` is SQL, the type and the name."""
        words = privileges if isinstance(privileges, str) else ", ".join(privileges)
        super().__init__(f"revoke {words} on {on} from {named_role(from_)}")

    @property
    def privileges(self) -> list[str]:
        """Of PUBLIC only what it has: to take all of that back is not to give all that there is."""
        found = super().privileges
        usual = {**OF_PUBLIC, "schema": ["USAGE"]}.get(self.target.type)
        return usual if found == [ALL] and usual and self.role == PUBLIC else found

    @property
    def canonical(self) -> str:
        """The statement, written out."""
        return self.statement("REVOKE", self.privileges, "FROM")

    def replace_statements(self, old: Self) -> list[str] | None:
        """GRANT of what comes back, REVOKE of what goes."""
        back, _ = self.difference(old)
        return [*([self.statement("GRANT", back, "TO")] if back else []), self.canonical]

    def drop_statements(self) -> list[str]:
        """GRANT."""
        return [self.statement("GRANT", self.privileges, "TO")]

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """What nobody has cannot be taken away."""
        yield from super().check(declared)
        target = self.target
        home = target.names[0]
        if self.role != PUBLIC or home in _OF_THE_SERVER or (target.type, target.names) == ("schema", ("public",)):
            return
        usual = OF_PUBLIC.get(target.type, [])
        if missing := [privilege for privilege in self.privileges if privilege not in usual]:
            what = "nothing" if missing == [ALL] else f"no {', '.join(missing)}"
            yield Finding(
                "error",
                f"PUBLIC has {what} on a {target.type} by itself",
                self,
                hint="A right that was granted goes when the grant is no longer declared: remove both statements.",
            )
