"""manage.py checkdrift"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cucurbit.commands._console import Command, diff_lines, echo, echo_json, settings, style

if TYPE_CHECKING:
    from cucurbit.actions.drift import Checked, Drifted


@click.command(cls=Command)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--database", metavar="NAME", default="default", show_default=True, help="A database of the settings.")
@click.pass_context
def command(ctx: click.Context, format_: str, database: str) -> None:
    """Look for entities that somebody has changed by hand.

    Compares what the database has with what the ledger has recorded, whatever the apps declare. Exit with 1 if
    something differs, or is gone. For monitoring: it writes nothing, and needs to read nothing but the ledger.
    """
    from cucurbit.actions.drift import check

    checked = check(settings(ctx), database=database)
    if format_ == "json":
        echo_json([_as_json(item) for item in checked.drifted])
    else:
        _print(checked)
    ctx.exit(1 if checked.drifted else 0)


def _print(checked: Checked) -> None:
    for item in checked.drifted:
        state = item.state + "?" * bool(item.suspected)
        when = f"recorded by {item.revision} on {item.applied_at:%Y-%m-%d %H:%M} UTC by {item.applied_by}"
        echo(f"{style(state, fg='red')} {item.identity} ({when})")
        diff_lines(item.diff, indent="  ")
    for reason in sorted({item.suspected for item in checked.drifted if item.suspected}):
        echo(f"drifted?: it may be no more than another spelling: {reason}")
    count, all_ = len(checked.drifted), checked.recorded
    echo(f"{count} of {all_} entities differ." if count else f"No drift ({all_} entities).")


def _as_json(item: Drifted) -> dict[str, object]:
    return {
        "kind": item.identity.kind,
        "identity": item.identity.text,
        "state": item.state,
        "suspected": item.suspected is not None,
        "reason": item.suspected,
        "revision": item.revision,
        "applied_at": item.applied_at.isoformat(),
        "applied_by": item.applied_by,
        "server_version": item.server_version,
        "diff": item.diff,
    }
