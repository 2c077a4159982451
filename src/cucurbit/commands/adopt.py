"""manage.py adopt"""

from __future__ import annotations

import gc
from os.path import relpath
from typing import TYPE_CHECKING

import click

from cucurbit.commands._console import Command, diff_lines, echo, say, settings, style
from cucurbit.commands._rewriting import rewrite

if TYPE_CHECKING:
    from cucurbit.actions.adopt import Adopted
    from cucurbit.actions.takeover import Takeover

_SHOWN = 10


@click.command(cls=Command)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--schema", "schemas", metavar="NAME", multiple=True, help="Only what is in this schema. Repeatable.")
@click.option("--kind", "kinds", metavar="KIND", multiple=True,
              help="Only these are entities; the others stay in the baseline as SQL. Repeatable.")  # fmt: skip
@click.option("--exclude", metavar="PATTERN", multiple=True, help="Leave out what is called like this. Repeatable.")
@click.option("--layout", type=click.Choice(["object", "kind", "schema"]), default="object", show_default=True,
              help="One file for each object, or for each kind or schema.")  # fmt: skip
@click.option("--tables", type=click.Choice(["models", "sql"]), default="models", show_default=True,
              help="Tables become SQLAlchemy models, or stay in the baseline as SQL.")  # fmt: skip
@click.option("--from", "library", metavar="LIBRARY",
              help="Rewrite what objects of alembic_utils declare to .sql files.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Tell what would be written, and write nothing.")
@click.option("--database", metavar="NAME", default="default", show_default=True, help="A database of the settings.")
@click.pass_context
def command(
    ctx: click.Context,
    names: tuple[str, ...],
    schemas: tuple[str, ...],
    kinds: tuple[str, ...],
    exclude: tuple[str, ...],
    layout: str,
    tables: str,
    library: str | None,
    dry_run: bool,
    database: str,
) -> None:
    """Take a database, or what somebody has made of an entity by hand, into the source.

    Without a NAME a whole database becomes a project: its entities are written as .sql files, a first revision makes
    all of it, which is proved on scratch, and it is recorded as applied. The database itself stays as it is.

    With a NAME the statement of the entity in its .sql file is replaced by what the database has; what was made by hand
    gets a file. NAME is as showentities has it, with the kind ("view public.sales") or without, or sales alone if there
    is only one.

    With --from, entities that are declared by objects of another library get .sql files, and the objects are taken out
    of the Python files.
    """
    if library and (names or schemas or kinds or exclude):
        raise click.UsageError("--from is about all objects of the library, and takes no NAME and no choice.", ctx)
    if library:
        rewrite(ctx, library, form=layout, dry_run=dry_run)
    if names and (schemas or kinds or exclude):
        raise click.UsageError(
            "--schema, --kind and --exclude are for a whole database, and a NAME is one entity.", ctx
        )
    if names:
        _adopt(ctx, names, form=layout, dry_run=dry_run, database=database)
        return
    from cucurbit.actions.takeover import Plan, take_over
    from cucurbit.migrations.selection import Selection

    gc.disable()  # thousands of trees, in which there are no circles, and then the process ends
    plan = Plan(Selection(schemas, kinds, exclude), layout, tables, not dry_run, database)
    took = take_over(settings(ctx), plan)
    _print_takeover(took, dry_run=dry_run)


def _print_takeover(took: Takeover, *, dry_run: bool) -> None:
    tables, entities = len(took.tables), sum(took.kinds.values())
    counts = ", ".join(
        f"{kind} {count}" for kind, count in sorted(took.kinds.items(), key=lambda item: (-item[1], item))
    )
    echo(f"{'Would adopt' if dry_run else 'Adopted'} {tables} tables and {entities} entities ({counts})")
    shown = took.files if dry_run else took.files[:_SHOWN]
    for path in shown:
        echo(f"  {relpath(path)}")
    if len(took.files) > len(shown):
        echo(f"  … and {len(took.files) - len(shown)} files more")
    if took.known:
        echo(f"{took.known} of the entities are declared already, and stay where they are")
    for name, reason in took.left.items():
        say(f"{name}: {reason}", label="Note", error=True, colour="yellow")
    for path in took.revisions:
        echo(f"{'Would write' if dry_run else 'Migration'} {style(relpath(path), bold=True)}")
    echo(f"Verified on scratch in {took.verified:.1f} s: upgrade, downgrade, and pg_dump, which says the same of both")
    if not dry_run:
        echo("Recorded as applied. The database is as it was.")


def _adopt(ctx: click.Context, names: tuple[str, ...], *, form: str, dry_run: bool, database: str) -> None:
    from cucurbit.actions.adopt import adopt

    adoption = adopt(settings(ctx), names, database=database, form=form, write=not dry_run)
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
