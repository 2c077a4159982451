"""What commands share: errors on one screen, colour on a terminal, plain text in a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cucurbit.project.settings import Settings

LONGEST, MOST = 300, 20  # characters of a line, and lines, of what an error says
SIGNS = {"+": "green", "~": "yellow", "-": "red", "=": "cyan"}


class Command(click.Command):
    """A command with `--traceback`, whose errors are a message and not a stack."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            click.Option(["--traceback"], is_flag=True, expose_value=False, callback=_remember, help="Errors in full.")
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; what goes wrong is told on one screen, exit code 1."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (BrokenPipeError, KeyboardInterrupt, EOFError, GeneratorExit):
            raise
        except BaseException as error:  # nothing of ours exits; a module of the project may, and raises what it likes
            if ctx.meta.get("traceback"):
                import traceback

                from cucurbit.sql.secrets import masked_lines

                click.echo(_printable(masked_lines(traceback.format_exc())), err=True, nl=False)
            else:
                report(error)
            ctx.exit(getattr(error, "exit_code", 1))


def settings(ctx: click.Context) -> Settings:
    """The settings of the project that the command is run in."""
    from pathlib import Path

    from cucurbit.project.settings import load

    return load(Path(ctx.obj), ctx.info_name or "")


def report(error: BaseException) -> None:
    """An error on standard error: ours, one of the project's own code, or a fault of the program, and said to be."""
    from cucurbit.errors import CucurbitError, Place, said_by

    error = _told(error)
    place = error.place if isinstance(error, CucurbitError) else None
    place = place or Place.blame(error) or (Place.blame(error.__cause__) if error.__cause__ else None)
    if isinstance(error, CucurbitError):
        label, text, hint = "Error", error.message, error.hint
    elif isinstance(error, OSError) and not place:
        label, text, hint = "Error", str(error), None  # no space left, say: the system's fault
    else:
        label, text = "Error" if place else "Unexpected error", said_by(error).splitlines()[0]
        hint = (
            f"This is a fault of {'the code there' if place else 'cucurbit, or of a library'}: --traceback shows more."
        )
    say(_on_a_screen(f"{place.from_here()}: {text}" if place else text), label=label, error=True)
    if hint:
        click.echo(_on_a_screen(hint), err=True)


def _told(error: BaseException) -> BaseException:
    """The error, or that a connection broke, where nobody further in has said so."""
    from cucurbit.database.lost import lost
    from cucurbit.errors import ConnectionLostError, CucurbitError

    if isinstance(error, CucurbitError) or (said := lost(error)) is None:
        return error
    hint = (
        "What was not committed is rolled back, and no file was written by halves: the same command may be given again."
    )
    return ConnectionLostError(f"the connection to a database broke: {said}", said=said, hint=hint)


def _on_a_screen(text: str) -> str:
    """As much of a text as anybody reads: what is wrong may be a line of a hundred thousand characters."""
    lines = [line if len(line) <= LONGEST else f"{line[:LONGEST]} …" for line in text.split("\n")]
    return _printable("\n".join([*lines[:MOST], *(["…"] if len(lines) > MOST else [])]))


def _printable(text: str) -> str:
    """The text without what a terminal would obey (\x1b), or cannot be encoded, as in the name of a file."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def say(text: str, *, label: str, error: bool = False, colour: str = "red") -> None:
    """`Label: text`, the label in colour on a terminal."""
    stream = sys.stderr if error else sys.stdout
    styled = click.style(f"{label}:", fg=colour, bold=True) if coloured(stream) else f"{label}:"
    click.echo(f"{styled} {text}", err=error, color=True)


def style(text: str, stream: Any = None, **styles: Any) -> str:
    """The text in colour where the stream is to have colour."""
    return click.style(text, **styles) if coloured(stream or sys.stdout) else text


def echo(text: str = "") -> None:
    """A line on standard output; it may have colour already."""
    click.echo(text, color=True)


def echo_json(value: object) -> None:
    """A value on standard output, as JSON; a list has a line for each item, as to indent it takes ten times as long."""
    from json import dumps

    if isinstance(value, list):
        click.echo("[\n" + ",\n".join(f"  {dumps(item)}" for item in value) + "\n]")
    else:
        click.echo(dumps(value, indent=2))


def lines(items: Sequence[tuple[str, str]], indent: str = "  ") -> None:
    """Signs and sentences, as `+ Create view public.active_orders`."""
    for sign, text in items:
        echo(f"{indent}{style(sign, fg=SIGNS.get(sign))} {text}")


def diff_lines(text: str, indent: str = "") -> None:
    """A unified diff, in colour on a terminal."""
    for line in text.splitlines():
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        echo(indent + (style(line, fg=colour) if colour else line))


def coloured(stream: Any) -> bool:
    """Whether a stream is to have colour: a terminal's, unless NO_COLOR; any, with FORCE_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], colours: dict[str, str] | None = None) -> None:
    """Columns: a rich table for a terminal, aligned text for a pipe and for what is long."""
    if coloured(sys.stdout) and len(rows) <= 200:
        _rich_table(headings, rows, colours or {})
    else:
        _plain_table(headings, rows)


def _plain_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(str(cell)) for cell in column) for column in zip(headings, *rows, strict=True)]
    text = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [headings, *rows])
    click.echo("\n".join(line.rstrip() for line in text))


def _rich_table(headings: Sequence[str], rows: Sequence[Sequence[str]], colours: dict[str, str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell, style=colours.get(cell, "")) for cell in row))
    Console().print(made)


def _remember(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    ctx.meta["traceback"] = value
