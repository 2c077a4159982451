"""cucurbit init"""

from __future__ import annotations

import sys
from os.path import relpath
from typing import TYPE_CHECKING

import click

from cucurbit.commands._console import Command, echo, say, style

if TYPE_CHECKING:
    from cucurbit.actions.init import Found


@click.command(cls=Command)
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False))
@click.option("-c", "--config", metavar="FILE", help="Alembic's configuration, if there are several alembic.ini.")
@click.option("--env", is_flag=True, help="Write env.py, too, after asking; the old one stays as env.py.before.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Print what would be written.")
@click.pass_context
def command(ctx: click.Context, directory: str | None, config: str | None, env: bool, yes: bool, dry_run: bool) -> None:
    """Make an existing Alembic project one of cucurbit's, in DIRECTORY, by default this one.

    Its configuration, its history and env.py are read; manage.py, settings.toml and a folder for entities are added.
    No file is overwritten, and no revision is touched.
    """
    from pathlib import Path

    from cucurbit.actions.init import look, write

    if env and not (yes or dry_run or sys.stdin.isatty()):
        raise click.UsageError("--env asks, and there is no terminal: give --yes as well.", ctx)
    root = Path(directory or ".")
    found = look(root, Path(relpath(root / config, root)) if config else None, env=env)
    _print(found)
    if dry_run:
        for name, text in found.shown.items():
            echo(f"\n{style(name, bold=True)}\n{text}".rstrip())
        echo(f"\n{found.diff}".rstrip() if env else "")
        return
    changes_env = env and found.env is not None
    if not found.files and not changes_env:
        echo("\nEverything is as it is to be.")
        return
    if changes_env and not yes:
        echo()
        echo(found.diff.rstrip())
        click.confirm("Change env.py?", abort=True, err=True)
    written = write(found, env=changes_env)
    echo()
    echo(style("Written:", bold=True))
    for path in written:
        echo(f"  {path}")
    if found.files:
        _print_next(found, changes_env)


def _print(found: Found) -> None:
    count = len(found.revisions)
    heads = f"{'head' if len(found.heads) == 1 else 'heads'} {', '.join(found.heads)}" if count else "none yet"
    tables = "" if found.tables is None else f" ({found.tables} table{'s' * (found.tables != 1)})"
    echo(style("Found:", bold=True))
    echo(f"  Configuration  {found.config}{' and pyproject.toml' if found.uses_both else ''}")
    echo(f"  History        {found.locations.shown}: {count} revision{'s' * (count != 1)}, {heads}")
    echo(f"  Models         {', '.join(found.targets) or 'not in env.py'}{tables}")
    echo(f"  Database       {found.database}")
    if found.hooks:
        echo(f"  Hooks          {', '.join(found.hooks)}, from env.py")
    for remark in found.remarks:
        say(remark, label="Note", error=True, colour="yellow")


def _print_next(found: Found, changed: bool) -> None:
    from pathlib import Path

    manage = "python manage.py" if Path("manage.py") in found.files else "cucurbit"
    echo()
    echo(style("Next:", bold=True))
    if found.root.resolve() != Path.cwd():
        echo(f"  cd {found.root}")
    for words in ("showmigrations", "makemigrations", "adopt"):
        echo(f"  {manage} {words}")
    if found.env is not None and not changed:
        path = found.locations.relative(found.env_path)
        echo(f"\nFor Alembic's own commands, before the first entity, {path} is to be (--env writes it):\n")
        for line in found.env[1].splitlines():
            echo(f"  {line}".rstrip())
