"""Functions. https://www.postgresql.org/docs/current/sql-createfunction.html"""

from __future__ import annotations

from cucurbit.entities.kinds.routine import Routine, routine_sql, routines_query


class Function(Routine):
    """`create function order_total(order_id integer) returns numeric …`, in any language, window functions too."""

    kind = "function"
    example = "create function order_total(order_id int) returns numeric …"
    drop = "FUNCTION"
    catalog = routines_query("'f', 'w'")

    def __init__(
        self,
        name: str,
        definition: str,
        *,
        arguments: str = "",
        returns: str = "void",
        language: str = "sql",
        options: str = "",
        schema: str | None = None,
    ) -> None:
        """A function by its body; `arguments`, `returns` and `options` (`stable strict`) are SQL."""
        sql = routine_sql(
            "function",
            name,
            definition,
            arguments=arguments,
            returns=returns,
            language=language,
            options=options,
            schema=schema,
        )
        super().__init__(sql)
