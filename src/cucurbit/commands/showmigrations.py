"""manage.py showmigrations"""

from __future__ import annotations

import click

from cucurbit.commands._console import Command, echo, echo_json, settings, style

_PROBLEMS = {"edited": "edited since", "missing": "file missing"}


@click.command(cls=Command)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--database", metavar="NAME", default="default", show_default=True, help="A database of the settings.")
@click.pass_context
def command(ctx: click.Context, format_: str, database: str) -> None:
    """List the migrations, and which are applied.

    [!] marks one whose file was edited after it was applied, or is missing, [~]
    one that was begun outside a transaction and is not done.
    """
    from cucurbit.actions.revisions import revisions

    listed = revisions(settings(ctx), database=database)
    if format_ == "json":
        echo_json([dict(vars(item), applied_at=_iso(item.applied_at), begun_at=_iso(item.begun_at)) for item in listed])
        return
    if not listed:
        echo("(no migrations)")
    for item in listed:
        mark = style("[X]", fg="green") if item.applied else "[ ]"
        mark = style("[!]", fg="red") if item.problem else mark
        when = f"  (applied {item.applied_at:%Y-%m-%d %H:%M} UTC)" if item.applied and item.applied_at else ""
        if item.begun_at:
            mark = mark if item.problem else style("[~]", fg="yellow")
            what = "to be taken back " if item.applied else ""
            then = "see migrate" if item.is_partly else "migrate runs it again"
            when = f"  (begun {what}{item.begun_at:%Y-%m-%d %H:%M} UTC, and not done: {then})"
        problem = style(f"  {_PROBLEMS[item.problem]}", fg="red") if item.problem else ""
        said = "" if "_" in item.revision or not item.message else f"  {item.message}"  # an id that says nothing
        echo(f" {mark} {item.revision}{said}{when}{problem}")


def _iso(when: object) -> str | None:
    return when.isoformat() if hasattr(when, "isoformat") else None
