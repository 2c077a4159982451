"""Rights that may be granted on. https://www.postgresql.org/docs/current/sql-grant.html"""

from __future__ import annotations

from cucurbit.entities.kinds.grant import Grant, granted


class GrantOption(Grant):
    """`grant select on orders to app with grant option`: beside rights without the option, an entity of its own."""

    kind = "grant option"
    example = "grant select on orders to app with grant option"
    has_option = True
    catalog = granted(is_grantable=True)
    after = " WITH GRANT OPTION"
