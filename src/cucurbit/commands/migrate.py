"""manage.py migrate"""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from cucurbit.actions.reporter import Reporter
from cucurbit.commands._console import Command, echo, lines, settings, style


class _Migrate(Command):
    """`-1` is a revision here, not an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        relative = [arg for arg in args if re.fullmatch(r"-\d+", arg)]
        others = [arg for arg in args if arg not in relative]
        return super().parse_args(ctx, [*others, "--", *relative] if relative else args)


def _not_negative(ctx: click.Context, parameter: click.Parameter, value: float) -> float:
    if not 0 <= value < float("inf"):
        raise click.BadParameter("write seconds, 0 or more")
    return value


@click.command(cls=_Migrate)
@click.argument("revision", required=False)
@click.option("--plan", is_flag=True, help="Print what would be run.")
@click.option("--check", is_flag=True, help="Run nothing; exit with 1 if there is something to run.")
@click.option("--fake", is_flag=True, help="Record the migrations as applied, or unapplied, without running them.")
@click.option("--sql", is_flag=True, help="Print the SQL instead of running it; REVISION may be FROM:TO then.")
@click.option(
    "--wait",
    metavar="SECONDS",
    type=float,
    default=300,
    show_default=True,
    callback=_not_negative,
    help="How long to wait for another process that migrates the database.",
)
@click.option(
    "--on-drift",
    type=click.Choice(["stop", "overwrite"]),
    default="stop",
    show_default=True,
    help="What to do where somebody has changed by hand what is to be changed.",
)
@click.option(
    "--accept-edited",
    metavar="REVISION",
    multiple=True,
    help="Take an applied revision whose file was edited, or is gone, for what it is now. Repeatable.",
)
@click.option("--database", metavar="NAME", default="default", show_default=True, help="A database of the settings.")
@click.pass_context
def command(
    ctx: click.Context,
    revision: str | None,
    plan: bool,
    check: bool,
    fake: bool,
    sql: bool,
    wait: float,
    on_drift: str,
    accept_edited: tuple[str, ...],
    database: str,
) -> None:
    """Apply migrations, or take them back.

    REVISION, up to which or down to which, is a revision or its beginning, head, zero (or base), +1 or -1; without
    it, all migrations are applied.
    """
    from cucurbit.actions import migrate as action

    project = settings(ctx)
    if sql:
        action.sql(project, revision, sys.stdout, database=database, fake=fake)
    elif plan or check:
        planned = action.plan(project, revision, database=database, accept_edited=accept_edited)
        _print_plan(planned)
        ctx.exit(1 if check and planned else 0)
    else:
        with _Progress(fake) as progress:
            action.migrate(
                project,
                revision,
                database=database,
                fake=fake,
                wait=wait,
                on_drift=on_drift,
                accept_edited=accept_edited,
                reporter=progress,
            )


def _print_plan(planned: list[Any]) -> None:
    echo("Planned operations:")
    if not planned:
        echo("  No planned migration operations.")
    for item in planned:
        echo(style(item.revision + ("" if item.is_upgrade else " (unapply)"), bold=True))
        lines(item.lines, indent="    ")


class _Progress(Reporter):
    """The action's reporter: `Applying 0001_initial... OK` for each revision; on a terminal a bar for many."""

    many = 25

    def __init__(self, fake: bool) -> None:
        self.done_word = " FAKED" if fake else " OK"
        self.running = False
        self.bar: Any = None

    def __enter__(self) -> _Progress:
        """Nothing is shown before `begin`."""
        return self

    def __exit__(self, type_: Any, error: BaseException | None, traceback: Any) -> None:
        """End the line of a revision that did not come to its end."""
        if self.bar is not None:
            self.bar.stop()
        elif self.running:
            echo(style(" FAILED", fg="red"))

    def begin(self, steps: list[tuple[str, bool]]) -> None:
        """What there is to do."""
        echo(style("Operations to perform:", bold=True))
        names = [name for name, _ in steps]
        shown = ", ".join(names) if len(names) <= 5 else f"{names[0]} … {names[-1]} ({len(names)} migrations)"
        echo(f"  {'Apply' if not steps or steps[0][1] else 'Unapply'}{f': {shown}' if steps else ' all migrations'}")
        echo(style("Running migrations:", bold=True))
        if not steps:
            echo("  No migrations to apply.")
        elif len(steps) > self.many and sys.stdout.isatty():
            from rich.progress import Progress

            self.bar = Progress()
            self.bar.add_task("", total=len(steps))
            self.bar.start()

    def waits(self, text: str) -> None:
        """On standard error, in a line of its own."""
        if self.running and self.bar is None and sys.stdout.isatty():
            click.echo()
        click.echo(text, err=True)

    def note(self, text: str) -> None:
        """A line."""
        echo(text)

    def set_aside(self, identities: list[str]) -> None:
        """A list."""
        _print_list("Set aside and put back, with owner, grants and comments:", identities)

    def unseen(self, routines: list[str]) -> None:
        """A list."""
        text = "Not looked into, as their bodies are text; they mention what was made anew, or is gone:"
        _print_list(text, routines)

    def revision(self, name: str, is_upgrade: bool, done: bool) -> None:
        """The line of a revision, begun when that begins."""
        self.running = not done
        if self.bar is not None:
            self.bar.update(0, description=name, advance=int(done))
        elif done:
            echo(style(self.done_word, fg="green"))
        else:
            click.echo(f"  {'Applying' if is_upgrade else 'Unapplying'} {name}...", nl=False)
            sys.stdout.flush()


def _print_list(heading: str, items: list[str]) -> None:
    echo(heading)
    for item in items:
        echo(f"  {item}")
