"""Input that is wrong in ways that nobody thought of: it is taken, or refused on one screen, and nothing is written.

`FUZZ=10000 pytest tests/test_fuzz.py` tries that many inputs, other ones every time; without it 500 are tried.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from cucurbit.commands import commands
from cucurbit.commands._console import Command, settings
from cucurbit.migrations import reader
from cucurbit.migrations.digest import digest
from cucurbit.migrations.executor import route, write_sql
from cucurbit.migrations.scripts import Scripts
from cucurbit.project.apps import collect
from tests import observer
from tests.mutations import SETTINGS, SOUND, Input, declarations, inputs
from tests.servers import Database

INPUTS = int(os.environ.get("FUZZ", "500"))
THROUGH_THE_COMMAND_LINE = INPUTS // 50

SECONDS = 20  # a second would do, were the machine ours alone
HEIGHT, WIDTH = 24, 80
EXCERPT = 14  # lines of a statement, and those that say where in it

HERE = re.compile(rf"{re.escape(__file__)}:\d+:\d+: ")  # the command that is tried is code of the user's own, to ours
# SQLAlchemy does not tell where a column was written.
NO_PLACE = re.compile(r"Error: (the Enum of column \S+ |\S+ refers to \S+, which no model has)")
PLACE = re.compile(r"Error: .+?:\d+:\d+: ", re.DOTALL)


def fuzz(inputs: int) -> hypothesis_settings:
    return hypothesis_settings(
        max_examples=inputs,
        deadline=None,
        derandomize="FUZZ" not in os.environ,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@click.command(cls=Command)
@click.pass_context
def load(ctx: click.Context) -> None:
    """Read all that a command reads before it asks a server, and write what `migrate --sql` would."""
    project = settings(ctx)
    declared = collect(project)
    declared.check()
    for entity in declared.entities.values():
        assert entity.hash
        assert entity.references is not None
    scripts = Scripts(project)
    assert scripts.digests(scripts.heads)
    files = scripts.files()
    assert reader.tables(files, project.home) is not None
    assert reader.sentences(files) is not None
    for file in files.values():
        assert digest(str(file.path))
        for function in ("upgrade", "downgrade"):
            file.lines(project.home, function), file.changes(project.home, function), file.gone(function)
    up = route(scripts, [], None)
    write_sql(scripts, up, [], StringIO())


class HangError(BaseException):
    """An input took longer than it may."""


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """A block that may not take longer."""

    def stop(*_: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Sandbox:
    """A sound project, in whose folder one input after the other is tried."""

    def __init__(self, path: Path, files: dict[str, bytes]) -> None:
        self.path, self.sound = path, files
        self.answers: Counter[str] = Counter()
        self.last = ""
        for name in files:
            self._restore(name)

    def try_(self, given: Input, command: click.Command, *args: str) -> None:
        """Put the input in, run a command, see that it did what it should, and take the input out."""
        for name, text in given.files.items():
            self._write(name, text)
        before, modules = self._tree(), set(sys.modules)
        try:
            with limited(SECONDS):
                runner = CliRunner(env=dict(given.environment))
                result = runner.invoke(command, list(args), prog_name="manage.py", obj=str(self.path))
            assert self._tree() == before, "something was written"
            self.check(given, result)
        finally:
            for name in set(sys.modules) - modules:
                if str(self.path) in str(getattr(sys.modules[name], "__file__", "") or "") + str(
                    list(getattr(sys.modules[name], "__path__", ()))
                ):
                    del sys.modules[name]
            for name in given.files:
                self._restore(name)

    def check(self, given: Input, result: Any) -> None:
        """Taken, or refused on one screen with a place; never a stack."""
        said = HERE.sub("", result.stderr)
        text = self.last = result.stdout + said
        self.answers[f"{given.sort} {'taken' if result.exit_code == 0 else 'refused'}"] += 1
        assert "Traceback" not in text, text
        assert "Unexpected error" not in text, text
        assert "This is a fault of cucurbit" not in text, text
        assert not isinstance(result.exception, HangError), "it hangs"
        if result.exit_code == 0:
            return
        assert result.exit_code == 1, f"{result.exit_code} {text}"
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        height = sum(1 + len(line) // WIDTH for line in said.splitlines())
        assert height <= HEIGHT + EXCERPT, text[:3000]
        assert said.startswith("Error: "), text
        if given.sort in ("sql", "module") and not NO_PLACE.search(said):
            assert PLACE.match(said), text

    def _tree(self) -> dict[str, tuple[int, int]]:
        return {
            os.path.join(folder, name): ((at := os.lstat(os.path.join(folder, name))).st_mtime_ns, at.st_size)
            for folder, _, names in os.walk(self.path)
            for name in names
        }

    def _restore(self, name: str) -> None:
        file = self.path / name
        if name in self.sound:
            self._write(name, self.sound[name])
            return
        file.unlink(missing_ok=True)
        while not any((file := file.parent).iterdir()):
            file.rmdir()

    def _write(self, name: str, text: bytes | None) -> None:
        file = self.path / name
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, for modules that leave no cache."""
    for name in [name for name in os.environ if name == "DATABASE_URL" or name.startswith("CUCURBIT_")]:
        monkeypatch.delenv(name)  # that of the tests' servers as well, which are started by then
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_whatever_is_read_is_taken_or_refused_on_one_screen(at: Path) -> None:
    sandbox = Sandbox(at, SOUND)
    sandbox.try_(Input("sound", {}), load)
    assert sandbox.answers == {"sound taken": 1}, sandbox.last

    @fuzz(INPUTS - THROUGH_THE_COMMAND_LINE)
    @given(inputs)
    def try_(some: Input) -> None:
        sandbox.try_(some, load)

    with warnings.catch_warnings(action="ignore"):  # Python's own, of what it reads
        try_()


def test_whatever_a_server_is_asked_is_taken_or_refused_on_one_screen(database: Database, at: Path) -> None:
    url = json.dumps(database.url).encode()
    settings = SETTINGS.partition(b"[databases.default]")[0] + b"[databases.default]\nurl = " + url + b"\n"
    sound = {name: text for name, text in SOUND.items() if "/versions/" not in name} | {"settings.toml": settings}
    sandbox = Sandbox(at, sound | {"migrations/versions/.gitkeep": b""})
    before = observer.dump(database)

    @fuzz(THROUGH_THE_COMMAND_LINE)
    @given(declarations)
    def try_(some: Input) -> None:
        sandbox.try_(some, commands, "makemigrations", "--dry-run")

    with warnings.catch_warnings(action="ignore"):
        try_()
    assert observer.dump(database) == before
