"""manage.py adopt"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cucurbit.commands._console import Command, diff_lines, echo, settings
from cucurbit.commands._rewriting import rewrite

if TYPE_CHECKING:
    from cucurbit.actions.adopt import Adopted


@click.command(cls=Command)
@click.argument("names", metavar="NAME...", nargs=-1)
@click.option("--from", "library", metavar="LIBRARY",
              help="Rewrite what objects of alembic_utils declare to .sql files.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Print what would change in the files instead of writing them.")
@click.option("--database", metavar="NAME", default="default", show_default=True, help="A database of the settings.")
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], library: str | None, dry_run: bool, database: str) -> None:
    """Take into the source what somebody has made of an entity by hand.

    The statement of the entity in its .sql file is replaced by what the database has. NAME is as showentities has it,
    with the kind ("view public.sales") or without, or sales alone if there is only one.

    With --from, entities that are declared by objects of another library get .sql files, and the objects are taken out
    of the Python files.
    """
    from cucurbit.actions.adopt import adopt

    if names and library:
        raise click.UsageError("--from is about all objects of the library, and takes no NAME.", ctx)
    if library:
        rewrite(ctx, library, dry_run=dry_run)
    if not names:
        raise click.UsageError("Missing argument 'NAME...'.", ctx)
    adoption = adopt(settings(ctx), names, database=database, write=not dry_run)
    if dry_run:
        diff_lines(adoption.diff)
    for item in adoption.items:
        _print(item, dry_run=dry_run)
    if adoption.diff and not dry_run:
        echo("The next steps: makemigrations, migrate.")
    ctx.exit(0 if all(not item.reason or item.is_there for item in adoption.items) else 1)


def _print(item: Adopted, *, dry_run: bool) -> None:
    where = f" at {item.place}" if item.place else ""
    if not item.reason:
        echo(f"{'Would adopt' if dry_run else 'Adopted'} {item.identity}{where}")
    elif item.is_there:
        echo(f"{item.identity}: {item.reason}{where}")
    else:
        echo(f"{item.identity} was left alone{where}: {item.reason}. The database has:")
        for line in item.sql.splitlines():
            echo(f"  {line}")
