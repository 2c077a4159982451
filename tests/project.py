"""A project in a temporary folder, against a database of the tests: its files, its actions, its command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cucurbit.actions import make, migrate, show
from cucurbit.actions.reporter import Reporter
from cucurbit.project.settings import Settings, load

ROOT = Path(__file__).parents[1]

# The scratch templates of one worker are tidied up by the next project only if all have one name.
NAME = f"tests {os.environ.get('PYTEST_XDIST_WORKER', '')}".strip()


class Heard(Reporter):
    """What `migrate` has told, in lists."""

    def __init__(self) -> None:
        self.waited: list[str] = []
        self.notes: list[str] = []
        self.aside: list[str] = []
        self.doubted: list[str] = []

    def waits(self, text: str) -> None:
        self.waited.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def set_aside(self, identities: list[str]) -> None:
        self.aside += identities

    def unseen(self, routines: list[str]) -> None:
        self.doubted += routines


class Project:
    """A project with one app, `app`, that has no files yet.

        project = Project(tmp_path, database.url)
        project.write({"app/entities/one.sql": "create view one as select 1 as n"})
        project.make(), project.migrate(), project.states()

    The actions run in this process: each imports the app anew, as a command does, and leaves no module of it behind.
    They raise what actions raise. `manage` runs the command line in a process of its own.

    Args:
        path: an empty folder, or one that is to be made.
        url: the default database's.
        schema: where unqualified names live.
        settings: more lines of `settings.toml`, behind `[databases.default]`.
    """

    def __init__(self, path: Path, url: str, *, schema: str = "public", settings: str = "", name: str = NAME) -> None:
        self.path = path
        own = {"name": name, "apps": ["app"], "schema": schema}
        self.write(
            {
                "settings.toml": "".join(f"{key} = {json.dumps(value)}\n" for key, value in own.items())
                + f"[databases.default]\nurl = {json.dumps(url)}\n{settings}",
                "manage.py": (ROOT / "manage.py").read_text(),
                "migrations/env.py": (ROOT / "migrations/env.py").read_text(),
                "migrations/script.py.mako": (ROOT / "migrations/script.py.mako").read_text(),
                "migrations/versions/.gitkeep": "",
                "app/__init__.py": "",
            }
        )

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write files by their paths in the project; None deletes one."""
        for name, text in files.items():
            file = self.path / name
            if text is None:
                file.unlink(missing_ok=True)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="")

    def copy_from(self, other: Project) -> None:
        """Take over the app and the revisions of a project that is at rest."""
        for folder in ("app", "migrations/versions"):
            shutil.copytree(other.path / folder, self.path / folder, dirs_exist_ok=True)

    def make(self, name: str | None = None, **options: Any) -> make.Made:
        """`makemigrations`; the options are those of `actions.make.make`. What is not answered counts as no."""
        options.setdefault("require_answers", "answers" in options)
        with self.at_work() as settings:
            return make.make(settings, name=name, **options)

    def migrate(self, target: str | None = None, **options: Any) -> int:
        """`migrate`: the number of revisions that it took."""
        with self.at_work() as settings:
            return migrate.migrate(settings, target, **options)

    def states(self, **options: Any) -> dict[str, str]:
        """`showentities`: the state of each entity by its kind and name."""
        with self.at_work() as settings:
            return {str(shown.identity): shown.state for shown in show.show(settings, **options).entities}

    def manage(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`python manage.py …`, in the project's folder, with nothing said by the developer's own environment."""
        process = self.start(*args, **environment)
        out, err = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *args: str, **environment: str) -> subprocess.Popen[str]:
        """The same, running beside this process."""
        own = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        return subprocess.Popen(
            [sys.executable, "manage.py", *args],
            cwd=self.path,
            env={**own, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    @property
    def revisions(self) -> list[Path]:
        """The revision files, the oldest first."""
        return sorted((self.path / "migrations/versions").glob("*.py"))

    @contextmanager
    def at_work(self) -> Iterator[Settings]:
        """The settings, for an action that is to be called directly, in the project's folder."""
        with self.at_home():
            yield load(self.path)

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """A block in the project's folder, of whose modules none stays behind."""
        before = set(sys.modules)
        with pytest.MonkeyPatch.context() as patch:
            for name in filter(_is_ours, list(os.environ)):
                patch.delenv(name)
            # A file that is written twice in one second would be read from the cache of its first version.
            patch.setattr(sys, "dont_write_bytecode", True)
            patch.chdir(self.path)
            patch.syspath_prepend(self.path)
            try:
                yield
            finally:
                # All are found before the first goes: a folder without __init__.py asks its parent where it is.
                for name in [name for name in set(sys.modules) - before if self._is_here(sys.modules[name])]:
                    del sys.modules[name]

    def _is_here(self, module: Any) -> bool:
        places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        return any(place and Path(place).is_relative_to(self.path) for place in places)


def _is_ours(variable: str) -> bool:
    return variable == "DATABASE_URL" or variable.startswith("CUCURBIT_")
