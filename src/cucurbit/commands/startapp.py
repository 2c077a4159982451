"""manage.py startapp"""

from __future__ import annotations

import click

from cucurbit.commands._console import Command, echo, settings, style


@click.command(cls=Command)
@click.argument("name")
@click.pass_context
def command(ctx: click.Context, name: str) -> None:
    """Write a new app, with models and entities, into the project."""
    from cucurbit.actions.scaffold import start_app

    started = start_app(name, settings(ctx).root)
    echo(f"App {style(name, bold=True)}")
    for file in started.files:
        echo(f"  {name}/{file}")
    echo()
    echo(f'Next: add "{name}" to apps in settings.toml.')
