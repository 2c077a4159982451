"""cucurbit startproject"""

from __future__ import annotations

import click

from cucurbit.commands._console import Command, echo, style


@click.command(cls=Command)
@click.argument("name")
@click.argument("directory", required=False, type=click.Path())
@click.pass_context
def command(ctx: click.Context, name: str, directory: str | None) -> None:
    """Write a new project into DIRECTORY, by default a new folder NAME."""
    from pathlib import Path

    from cucurbit.actions.scaffold import start_project

    started = start_project(name, Path(directory or name))
    echo(f"Project {style(name, bold=True)} in {started.folder}: {len(started.files)} files")
    echo()
    echo("Next:")
    if started.folder.resolve() != Path.cwd():
        echo(f"  cd {started.folder}")
    echo("  python manage.py makemigrations")
    echo("  python manage.py migrate")
    echo("  python manage.py showentities")
