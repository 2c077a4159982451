"""Procedures. https://www.postgresql.org/docs/current/sql-createprocedure.html"""

from __future__ import annotations

from cucurbit.entities.kinds.routine import Routine, routine_sql, routines_query


class Procedure(Routine):
    """`create procedure archive(before date) …`."""

    kind = "procedure"
    example = "create procedure archive(before date) …"
    drop = "PROCEDURE"
    is_procedure = True
    catalog = routines_query("'p'")

    def __init__(
        self,
        name: str,
        definition: str,
        *,
        arguments: str = "",
        language: str = "sql",
        options: str = "",
        schema: str | None = None,
    ) -> None:
        """A procedure by its body; `arguments` and `options` (`security definer`) are SQL."""
        sql = routine_sql(
            "procedure",
            name,
            definition,
            arguments=arguments,
            returns="",
            language=language,
            options=options,
            schema=schema,
        )
        super().__init__(sql)
