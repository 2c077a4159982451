"""Locations: where the revision files lie, as Alembic's configuration of the project has it.

That is `[alembic]` of alembic.ini and `[tool.alembic]` of pyproject.toml, of which the first wins, as with Alembic.
https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-ini-file
"""

from __future__ import annotations

import os
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator
from configparser import Error as IniError
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from alembic.util.pyfiles import coerce_resource_to_filename

from cucurbit.errors import HistoryError, Place, said_by
from cucurbit.migrations import reader
from cucurbit.migrations.reader import RevisionFile
from cucurbit.project.settings import Settings

VERSIONS = "versions"
INI, PYPROJECT = "alembic.ini", "pyproject.toml"

# As if Alembic's own command was given: it prints "Generating …" unless it is quiet, and a file may ask for -x.
_COMMAND_LINE = Namespace(quiet=True, x=None, autogenerate=True)


class Locations:
    """Where the history of a project lies: `config` is Alembic's configuration, `folders` those of the revisions.

    Args:
        root: the project's folder.
        migrations: the folder of env.py, relative to that; None: the configuration's `script_location`.
        alembic: the configuration's own file, relative to the folder; None: alembic.ini, if it is there.

    Raises HistoryError for a configuration that cannot be read.
    """

    def __init__(self, root: Path, migrations: Path | None, alembic: Path | None = None) -> None:
        self.root = root
        self.ini = root / (alembic or INI)
        if alembic is not None and not self.ini.is_file():
            raise HistoryError(
                f"there is no file {alembic}",
                hint="`alembic` in settings.toml names Alembic's own configuration; by default it is alembic.ini.",
            )
        file = self.ini if self.ini.is_file() else None
        self.config = Config(file, toml_file=root / PYPROJECT, cmd_opts=_COMMAND_LINE)
        try:
            self._read(migrations)
        except (CommandError, IniError, KeyError, TypeError, ValueError, ImportError) as error:
            place = Place(str(file or root / PYPROJECT)).from_here()
            said = str(error).splitlines()[0] if isinstance(error, (CommandError, IniError)) else said_by(error)
            raise HistoryError(f"Alembic's configuration cannot be read: {said}", place=place) from None

    @classmethod
    def of(cls, settings: Settings) -> Locations:
        """Those of a project with settings."""
        return cls(settings.root, settings.migrations, settings.alembic)

    def _read(self, migrations: Path | None) -> None:
        with warnings.catch_warnings():  # of ways to write a list that Alembic knows from before
            warnings.simplefilter("ignore", DeprecationWarning)
            locations = self.config.get_version_locations_list()
            paths = self.config.get_prepend_sys_paths_list()
        if isinstance(locations, str) or isinstance(paths, str):
            raise ValueError("version_locations and prepend_sys_path are lists of texts")
        self.base = self.root / migrations if migrations else self._script_location()
        self.folders = [self._absolute(location) for location in locations or ()] or [self.base / VERSIONS]
        self.paths = [str(self._absolute(path)) for path in paths or ()]
        self.is_recursive = self.config.get_alembic_boolean_option("recursive_version_locations")
        template = self.config.get_alembic_option("file_template")
        self.file_template = template if isinstance(template, str) else None
        self.config.set_main_option("script_location", str(self.base).replace("%", "%%"))

    def _script_location(self) -> Path:
        location = self.config.get_alembic_option("script_location")
        if isinstance(location, str):
            return self._absolute(location)
        if (self.ini.parent / "env.py").is_file():  # Flask-Migrate says it by itself
            return self.ini.parent
        raise ValueError("it has no script_location")

    def _absolute(self, location: str) -> Path:
        """A path from the project's folder, wherever the command is run; Alembic knows `package:folder` as well."""
        found = coerce_resource_to_filename(location)
        beside = self.ini.absolute().parent / found  # a configuration that lies deeper is often run where it is
        here = self.root.absolute() / found
        return Path(os.path.normpath(beside if beside.exists() and not here.exists() else here))

    @property
    def shown(self) -> str:
        """The folders, as seen from the project's."""
        return ", ".join(str(self.relative(folder)) for folder in self.folders)

    def relative(self, path: Path) -> Path:
        """A path as seen from the project's folder."""
        for root in (self.root, self.root.absolute(), self.root.resolve()):
            if path.is_relative_to(root):
                return path.relative_to(root)
        return path

    def exist(self) -> bool:
        """Whether any of the folders is there."""
        return any(folder.is_dir() for folder in self.folders)

    def files(self) -> Iterator[Path]:
        """The Python files in the folders, sorted, each once."""
        seen: set[Path] = set()
        for folder in self.folders:
            for path in sorted(folder.rglob("*.py") if self.is_recursive else folder.glob("*.py")):
                real = path.resolve()
                if real not in seen and "__pycache__" not in path.parts:
                    seen.add(real)
                    yield path

    def folder_of(self, path: Path) -> Path | None:
        """The folder of `folders` in which a file is; None for none of them."""
        inside = [f for f in self.folders if path.resolve().is_relative_to(f.resolve())]
        return max(inside, key=lambda folder: len(folder.resolve().parts), default=None)

    def named(self, text: str) -> Path:
        """The folder that somebody means by a path. Raises HistoryError for one that holds no revisions."""
        wanted = {(Path.cwd() / text).resolve(), (self.root / text).resolve()}
        found = next((folder for folder in self.folders if folder.resolve() in wanted), None)
        if found is None:
            raise HistoryError(
                f"{text} is no folder of revisions", hint=f"Those of Alembic's configuration are: {self.shown}"
            )
        return found

    def directory(self, draft: Path | None = None) -> ScriptDirectory:
        """Alembic's own view of it; `draft` is a folder more."""
        sys.path[:0] = [path for path in self.paths if path not in sys.path]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            directory = ScriptDirectory.from_config(self.config)
        directory.version_locations = [str(folder) for folder in (*self.folders, *([draft] if draft else []))]
        return directory


def read(settings: Settings) -> dict[str, RevisionFile]:
    """The revision files of a project by their revision. Raises HistoryError for one that does not parse."""
    return reader.read(Locations.of(settings).files())
