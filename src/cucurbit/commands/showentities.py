"""manage.py showentities"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from cucurbit.commands._console import Command, diff_lines, echo, echo_json, say, settings, table

if TYPE_CHECKING:
    from cucurbit.actions.show import Shown

_OBJECTS = 10  # that a warning names
_STATES = ["applied", "new", "changed", "removed", "drifted", "missing", "unmanaged"]
_COLOURS = {
    "applied": "green",
    "new": "cyan",
    "changed": "yellow",
    "removed": "yellow",
    "drifted": "red",
    "drifted?": "red",
    "missing": "red",
    "unmanaged": "dim",
}


@click.command(cls=Command)
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--kind", metavar="K", help="Only this kind: view, function, …")
@click.option("--app", metavar="A", help="Only entities of this app.")
@click.option("--state", type=click.Choice(_STATES), help="Only entities in this state.")
@click.option("--all", "everything", is_flag=True, help="Also objects that are in the database only.")
@click.option("--diff", is_flag=True, help="Show what changed, as a unified diff.")
@click.option("--check", is_flag=True, help="Exit with 1 unless all are applied.")
@click.option("--database", metavar="NAME", default="default", show_default=True, help="A database of the settings.")
@click.pass_context
def command(
    ctx: click.Context,
    format_: str,
    kind: str | None,
    app: str | None,
    state: str | None,
    everything: bool,
    diff: bool,
    check: bool,
    database: str,
) -> None:
    """Show where every entity stands.

    Between what the apps declare, what the ledger has recorded and what is in the database.
    """
    from cucurbit.actions.show import show
    from cucurbit.entities.kinds import all_kinds

    project = settings(ctx)
    _refuse_unknown(ctx, "--kind", kind, all_kinds())
    _refuse_unknown(ctx, "--app", app, project.apps)
    overview = show(project, database=database, everything=everything or state == "unmanaged")
    chosen = [
        item
        for item in overview.entities
        if (kind is None or item.identity.kind == kind)
        and (app is None or item.app == app)
        and (state is None or item.state == state)
    ]
    if format_ == "json":
        echo_json([_as_json(item, diff=diff) for item in chosen])
    else:
        for finding in overview.findings:
            say(str(finding), label="Warning", error=True, colour="yellow")
        if overview.unhandled:
            say(_unhandled(overview.unhandled), label="Warning", error=True, colour="yellow")
        _print(chosen, diff=diff)
    ctx.exit(1 if check and any(item.state not in ("applied", "unmanaged") for item in chosen) else 0)


def _refuse_unknown(ctx: click.Context, option: str, value: str | None, known: Iterable[str]) -> None:
    """A misspelled filter would say that there are no entities."""
    from difflib import get_close_matches

    known = list(known)
    if value is not None and value not in known:
        close = get_close_matches(value, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
        raise click.BadParameter(f"{value!r} is not known. {hint}", ctx, param_hint=option)


def _print(shown: list[Shown], *, diff: bool) -> None:
    if not shown:
        echo("No entities.")
        return
    rows = [(s.identity.kind, s.identity.text, s.state + "?" * s.suspected, _note(s), s.origin or "") for s in shown]
    table(("KIND", "IDENTITY", "STATE", "MIGRATION", "DECLARED AT"), rows, _COLOURS)
    if diff:
        for item in shown:
            _print_diff(item)


def _unhandled(objects: list[str]) -> str:
    """The first of them: one screen."""
    shown, more = objects[:_OBJECTS], len(objects) - _OBJECTS
    lines = [f"  {text}" for text in shown] + ([f"  and {more} more"] if more > 0 else [])
    return "\n".join(["in the database, and of a kind that cucurbit does not handle:", *lines])


def _note(item: Shown) -> str:
    """The revision that made it so, or the one that is going to."""
    if item.state in ("new", "changed", "removed"):
        return f"waits in {item.migration}" if item.migration else "to be made"
    return item.revision or ""


def _print_diff(item: Shown) -> None:
    text = item.diff() if item.state != "applied" else ""
    if text:
        echo()
    diff_lines(text)


def _as_json(item: Shown, *, diff: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "kind": item.identity.kind,
        "identity": item.identity.text,
        "app": item.app,
        "origin": item.origin,
        "state": item.state,
        "suspected": item.suspected,
        "hash": item.hash,
        "revision": item.revision,
        "applied_at": item.applied_at.isoformat() if item.applied_at else None,
        "migration": item.migration,
    }
    if diff:
        shown["diff"] = item.diff() if item.state != "applied" else ""
    return shown
