"""manage.py makemigrations"""

from __future__ import annotations

import sys
from os.path import relpath
from typing import TYPE_CHECKING

import click

from cucurbit.commands._console import Command, echo, echo_json, lines, say, settings, style

if TYPE_CHECKING:
    from cucurbit.actions.make import Made
    from cucurbit.planning.rename import Question

_RESIDUE = "This stays, and no operation removes it"


@click.command(cls=Command)
@click.option("-n", "--name", metavar="NAME", help="The name of the revision, behind its number.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if something changed or differs.")
@click.option("--dry-run", is_flag=True, help="Print the file instead of writing it.")
@click.option("--empty", is_flag=True, help="Write a revision without operations, to be filled by hand.")
@click.option("--merge", is_flag=True, help="Join the heads of two branches.")
@click.option("--against", type=click.Choice(["scratch", "database"]), default="scratch", show_default=True,
              help="What to compare with: the history on a scratch database, or the configured database.")  # fmt: skip
@click.option("--head", metavar="REVISION", help="Which of several branches to continue: LABEL@head, or a head.")
@click.option("--version-path", metavar="FOLDER", help="Where the file goes, if there are several folders and no head.")
@click.option("--rename", "renamed", metavar="OLD:NEW", multiple=True,
              help="What was renamed: orders.total:orders.amount, orders:purchases. Repeatable.")  # fmt: skip
@click.option("--no-rename", "not_renamed", metavar="OLD:NEW", multiple=True,
              help="What was not renamed, but is dropped and created.")  # fmt: skip
@click.option("--no-verify", is_flag=True, help="Write the file without proving it.")
@click.option("--no-input", is_flag=True, help="Never ask; exit with 3 if a question is open.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(
    ctx: click.Context,
    name: str | None,
    check: bool,
    dry_run: bool,
    empty: bool,
    merge: bool,
    against: str,
    head: str | None,
    version_path: str | None,
    renamed: tuple[str, ...],
    not_renamed: tuple[str, ...],
    no_verify: bool,
    no_input: bool,
    format_: str,
) -> None:
    """Write a migration for what changed.

    Models and entities are compared with the history of migrations, which a scratch database holds; the migration is
    proved there before it is written.
    """
    from cucurbit.actions.make import make
    from cucurbit.planning.rename import Answers

    if empty and merge:
        raise click.UsageError("--empty and --merge cannot be used together.", ctx)
    write = not (check or dry_run)
    asks = sys.stdin.isatty() and not (no_input or check)
    made = make(
        settings(ctx),
        name=name,
        write=write,
        empty=empty,
        merge=merge,
        against=against,
        verify=not no_verify,
        head=head,
        version_path=version_path,
        answers=Answers(renamed, not_renamed, _ask if asks else None),
        require_answers=not check,
    )
    if format_ == "json":
        echo_json(_as_json(made, written=write))
    else:
        _print(made, written=write, source=dry_run)
        if against == "database":
            say("without scratch, nothing is proved, and what Alembic does not see is not looked for.",
                label="Note", error=True, colour="yellow")  # fmt: skip
    ctx.exit(1 if check and (made.paths or made.residue) else 0)


def _ask(question: Question) -> bool:
    return click.confirm(question.text, default=False, prompt_suffix=" ", err=True)


def _print(made: Made, *, written: bool, source: bool) -> None:
    for finding in made.findings:
        say(str(finding), label="Warning", error=True, colour="yellow")
    if not made.paths:
        _print_nothing(made)
        return
    for path in made.paths:
        echo(f"{'Migration' if written else 'Would write'} {style(relpath(path), bold=True)}")
    lines(made.lines)
    if made.verified is not None:
        echo(f"Verified on scratch in {made.verified:.1f} s: {made.proof}")
    for remark in _remarks(made):
        say(remark, label="Warning", error=True, colour="yellow")
    if source:
        echo()
        echo(made.source.rstrip())


def _remarks(made: Made) -> list[str]:
    """What the proof remarks, that there was none, and what was not asked."""
    unasked = [f"not asked, and taken as no: {question}" for question in made.open]
    unverified = ["not verified, as --no-verify says"] if made.unverified else []
    stays = [f"{_RESIDUE}: {text}" for text in made.residue]
    return [*made.remarks, *stays, *unverified, *unasked]


def _print_nothing(made: Made) -> None:
    count = len(made.residue)
    if not count:
        echo("No changes detected")
        return
    some = "1 difference" if count == 1 else f"{count} differences"
    echo(f"No changes detected, but {some} that no operation removes:")
    for text in made.residue:
        say(text, label="Warning", error=True, colour="yellow")
    echo("Write what is to be done into a revision of its own: makemigrations --empty")


def _as_json(made: Made, *, written: bool) -> dict[str, object]:
    return {
        "changed": bool(made.paths),
        "paths": [relpath(path) for path in made.paths],
        "written": written and bool(made.paths),
        "operations": [{"sign": sign, "text": text} for sign, text in made.lines],
        "warnings": [*map(str, made.findings), *_remarks(made)],
        "verified": made.verified is not None,
        "compared": made.compared,
        "residue": made.residue,
        "verified_seconds": made.verified,
    }
