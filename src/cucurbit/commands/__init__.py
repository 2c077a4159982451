"""The commands, one module each. A module that is put here is found; nothing lists them.

Only click is imported before a command runs, so that `--help` and completion are fast.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module
from pkgutil import iter_modules

import click

from cucurbit import __version__


class Commands(click.Group):
    """A group whose commands are the modules beside this one, each with a `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the modules."""
        return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The module's command, None for a name that is no module."""
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with a suggestion for a name that is not there."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"Unknown command: {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cucurbit")
def commands() -> None:
    """One migration for SQLAlchemy tables and PostgreSQL entities, with a ledger."""


def main() -> None:
    """The console script `cucurbit`: the project is the folder where it is run."""
    _run(os.getcwd(), "cucurbit")


def manage(file: str) -> None:
    """What `manage.py` calls with its own `__file__`: the project is its folder."""
    _run(os.path.dirname(os.path.realpath(file)), "manage.py")


def _run(root: str, name: str) -> None:
    # A command is soon over: the collector would go through the imported modules again and again, at the end too.
    gc.set_threshold(500_000)
    atexit.register(gc.freeze)
    if root not in sys.path:
        sys.path.insert(0, root)
    commands.main(prog_name=name, obj=root)
