"""manage.py refreshviews"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from cucurbit.commands._console import Command, echo, report, settings, style

if TYPE_CHECKING:
    from cucurbit.actions.refresh import Outcome, Planned


@click.command(cls=Command)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Also those that are in the database only.")
@click.option("--with-sources", is_flag=True, help="Also those that the named ones read, first.")
@click.option("--with-dependants", is_flag=True, help="Also those that read the named ones, after.")
@click.option("--no-concurrently", is_flag=True, help="Lock out readers while each is refreshed, which is faster.")
@click.option("--plan", is_flag=True, help="Print what would be refreshed, in the order, and how.")
@click.option("--database", metavar="NAME", default="default", show_default=True, help="A database of the settings.")
@click.pass_context
def command(
    ctx: click.Context,
    names: tuple[str, ...],
    everything: bool,
    with_sources: bool,
    with_dependants: bool,
    no_concurrently: bool,
    plan: bool,
    database: str,
) -> None:
    """Refresh materialized views, each behind those that it reads.

    NAME is a materialized view, as sales or reports.sales; it is refreshed alone. Without it, all of the project are.
    """
    from cucurbit.actions import refresh as action

    if names and everything:
        raise click.UsageError("NAME and --all cannot be used together.", ctx)
    project = settings(ctx)
    choice = action.Choice(names, everything, with_sources, with_dependants, not no_concurrently)
    if plan:
        _print_plan(action.plan(project, choice, database=database))
        return
    outcomes = action.refresh_all(project, choice, database=database, begin=_begin, listener=_tell)
    ctx.exit(0 if all(outcome.fine for outcome in outcomes) else 1)


def _print_plan(planned: list[Planned]) -> None:
    echo(style("Planned refreshes:", bold=True))
    for item in planned:
        echo(f"  {item} ({item.how})")
    _begin(planned)


def _begin(planned: list[Planned]) -> None:
    if not planned:
        echo("  No materialized views to refresh.")


def _tell(item: Planned, outcome: Outcome | None) -> None:
    """A line for each: `Refreshing public.sales... OK 1.2 s (concurrently)`, begun when it begins."""
    if outcome is None:
        click.echo(f"Refreshing {item}...", nl=False)
        sys.stdout.flush()
    elif outcome.skipped_for:
        echo(f"Skipping {item}: {style('it reads ' + ', '.join(outcome.skipped_for), fg='yellow')}")
    elif outcome.error is not None:
        echo(style(" FAILED", fg="red"))
        report(outcome.error)
    else:
        echo(f"{style(' OK', fg='green')} {outcome.seconds:.1f} s ({item.how})")
