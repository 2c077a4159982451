"""The revision files: Alembic's script directory for the project, and questions about its history."""

from __future__ import annotations

import hashlib
import logging
import re
import warnings
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from cucurbit.database import ledger
from cucurbit.errors import HistoryError, Place, said_by
from cucurbit.migrations.reader import read
from cucurbit.project.settings import Settings

__all__ = ["VERSIONS", "Script", "Scripts"]

VERSIONS = "versions"


class Scripts:
    """The history of one project. `draft` is a folder for a revision file that is not part of it yet."""

    def __init__(self, settings: Settings, *, draft: Path | None = None) -> None:
        self.settings = settings
        self.folder = settings.root / settings.migrations
        self.config = self._config()
        self._check_folder()
        self.directory = self._directory(draft)
        logging.getLogger("alembic").setLevel(logging.ERROR)

    @property
    def heads(self) -> list[str]:
        """The newest revisions: none, one, or several that wait for a merge."""
        return sorted(self.directory.get_heads())

    def head(self) -> str | None:
        """The newest revision. Raises HistoryError where there are several."""
        heads = self.heads
        if len(heads) > 1:
            raise HistoryError(
                f"the history has {len(heads)} heads: {', '.join(heads)}",
                hint="Two branches were made from one revision. Join them: python manage.py makemigrations --merge",
            )
        return heads[0] if heads else None

    def walk(self) -> list[Script]:
        """All revisions, the oldest first."""
        return [*self.directory.walk_revisions()][::-1]

    def get(self, name: str) -> Script:
        """A revision by its name or the beginning of it. Raises HistoryError for none, or for several."""
        names = [script.revision for script in self.walk() if script.revision.startswith(name)]
        if len(names) > 1 and name not in names:
            raise HistoryError(f"several revisions begin with {name!r}: {_few(names)}", hint="Write more of its name.")
        try:
            found = self.directory.get_revisions(name)
        except (CommandError, RevisionError) as error:
            raise HistoryError(_message(error), hint=self._known()) from None
        if len(found) != 1 or found[0] is None:
            raise HistoryError(f"there is no revision {name!r}", hint=self._known())
        return found[0]

    def digest(self) -> str:
        """A digest of the whole history, for the scratch template that holds it."""
        state = hashlib.sha256()
        for script in self.walk():
            state.update(Path(script.path).read_bytes())
        made_by = (str(ledger.LAYOUT), *(version(package) for package in ("cucurbit", "alembic", "sqlalchemy")))
        state.update("/".join((*self.settings.ledger_name, self.settings.name, *made_by)).encode())
        return state.hexdigest()

    def ancestors(self, heads: Sequence[str]) -> set[str]:
        """The revisions that are applied where `heads` are the current ones, themselves included."""
        try:
            return {script.revision for script in self.directory.iterate_revisions(tuple(heads), "base")}
        except (CommandError, RevisionError):
            return set()

    def step_back(self, head: str, current: Sequence[str]) -> tuple[RevisionStep, list[str]]:
        """The step that takes back one of the current heads, and the heads that are left then."""
        script = self.get(head)
        left = [revision for revision in current if revision != head]
        below = self.ancestors(left)
        left += [name for name in script._versioned_down_revisions if name not in below]
        return MigrationStep.downgrade_from_script(self.directory.revision_map, script), left

    def refuse_unknown(self, current: Sequence[str]) -> None:
        """Raise HistoryError where a database is at a revision that has no file."""
        known = {script.revision for script in self.walk()}
        for revision in current:
            if revision not in known:
                raise HistoryError(
                    f"the database is at revision {revision}, which is not there",
                    hint=f"Its file is missing in {self.settings.migrations / VERSIONS}: get it back, perhaps from "
                    "another branch, or use the database that belongs to these migrations. If it is another project's, "
                    "one of the two needs a schema of its own (`schema` in the settings).",
                )

    def _config(self) -> Config:
        """`[tool.alembic]` of pyproject.toml, with the folder of the settings."""
        quiet = Namespace(quiet=True)  # Alembic prints "Generating …" otherwise
        config = Config(cmd_opts=quiet, toml_file=self.settings.root / "pyproject.toml")
        config.set_main_option("script_location", str(self.folder).replace("%", "%%"))
        config.set_main_option("file_template", "%%(rev)s")
        self._refuse_tables(config.toml_alembic_config)
        return config

    def _refuse_tables(self, options: Mapping[str, object]) -> None:
        """Raise HistoryError for a version table of another name, which would be believed and not used."""
        for name in ("version_table", "version_table_schema"):
            if name in options:
                lines = (self.settings.root / "pyproject.toml").read_text(encoding="utf-8").splitlines()
                line = next((n for n, text in enumerate(lines, 1) if text.split("=")[0].strip() == name), 1)
                raise HistoryError(
                    f"{name} is nothing that can be chosen",
                    hint="Alembic's version is in the table alembic_version of the project's schema. Two projects in "
                    "one database need a schema each: `schema` in settings.toml.",
                    place=Place("pyproject.toml", line),
                )

    def _check_folder(self) -> None:
        if not (self.folder / VERSIONS).is_dir():
            raise HistoryError(
                f"there is no folder {self.settings.migrations / VERSIONS}",
                hint="`migrations` in settings.toml names the folder that has env.py, script.py.mako and versions/.",
            )

    def _directory(self, draft: Path | None) -> ScriptDirectory:
        directory = ScriptDirectory.from_config(self.config)
        if draft is not None:
            directory.version_locations = [str(self.folder / VERSIONS), str(draft)]
        try:
            with warnings.catch_warnings():  # Alembic warns of a history with a hole, and then fails otherwise
                warnings.filterwarnings("error", category=UserWarning, module=r"alembic\.script\.revision")
                directory.get_heads()
                for script in directory.walk_revisions():
                    _check(script)
        except (CommandError, RevisionError) as error:
            raise HistoryError(_message(error), place=self._place(_message(error))) from None
        except UserWarning as error:
            message = " ".join(str(error).split())
            raise HistoryError(
                message,
                hint="Each file has a `revision` of its own, and the name of another's as its `down_revision`.",
                place=self._place(message),
            ) from None
        except (HistoryError, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # SystemExit too: a file may raise what it likes
            read(self.folder / VERSIONS)  # which says of one that does not parse where
            raise HistoryError(f"a revision file cannot be loaded: {said_by(error)}") from error
        return directory

    def _place(self, message: str) -> Place | None:
        """The revision file that a message of Alembic speaks of, by its name or its revision."""
        with suppress(HistoryError):
            for file in read(self.folder / VERSIONS).values():
                if file.path.name in message or re.search(rf"(?<!\w){re.escape(file.revision)}(?!\w)", message):
                    return Place(str(file.path))
        return None

    def _known(self) -> str:
        names = [script.revision for script in self.walk()]
        return f"There {'is' if len(names) == 1 else 'are'}: {_few(names)}" if names else "There is none yet."


def _check(script: Script) -> None:
    """Raise HistoryError for a revision whose name Alembic would not survive: it puts it between quotes."""
    if not script.revision.isprintable() or set(script.revision) & set("'\\"):
        raise HistoryError(
            f"a revision cannot be called {script.revision!r}",
            hint="Give it a name without quotes, backslashes and control characters.",
            place=Place(script.path),
        )


def _few(names: Sequence[str]) -> str:
    """The newest of many."""
    return ", ".join((*(["…"] if len(names) > 10 else []), *names[-10:]))


def _message(error: Any) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]
