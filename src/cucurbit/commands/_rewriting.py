"""What `adopt --from` does and prints."""

from __future__ import annotations

import click

from cucurbit.commands._console import diff_lines, echo, settings


def rewrite(ctx: click.Context, library: str, *, form: str, dry_run: bool) -> None:
    """Rewrite the objects of a library to .sql files; exit code 1 where some were left alone."""
    from cucurbit.actions import rewrite as action

    made = action.rewrite(settings(ctx), library, form=form, write=not dry_run)
    if dry_run:
        diff_lines(made.diff)
    for name, identities in made.written.items():
        echo(f"{'Would write' if dry_run else 'Wrote'} {name}: {', '.join(map(str, identities))}")
    for place, name in made.removed:
        echo(f"{'Would remove' if dry_run else 'Removed'} {name} at {place}")
    for place, name in made.unused:
        echo(f"{name} at {place} is imported, and nothing there uses it any more.")
    for item in made.left:
        echo(f"Left alone at {item.place}: {', '.join(map(str, item.identities))} ({item.reason})")
    if made.written and not dry_run:
        echo("The next step: makemigrations, which finds no changes.")
    ctx.exit(1 if made.left else 0)
