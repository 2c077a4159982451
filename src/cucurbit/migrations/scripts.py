"""The revision files: Alembic's script directory for the project, and questions about its history."""

from __future__ import annotations

import hashlib
import logging
import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from cucurbit.database import ledger
from cucurbit.errors import HistoryError, Place, said_by
from cucurbit.migrations.locations import Locations
from cucurbit.migrations.reader import RevisionFile, read
from cucurbit.project.settings import Settings

__all__ = ["Script", "Scripts"]


class Scripts:
    """The history of one project. `draft` is a folder for a revision file that is not part of it yet."""

    def __init__(self, settings: Settings, *, draft: Path | None = None) -> None:
        self.settings = settings
        self.locations = Locations.of(settings)
        self.folder, self.config = self.locations.base, self.locations.config
        self._refuse_tables()
        self._check_folder()
        self.directory = self._directory(draft)
        if (log := logging.getLogger("alembic")).level == logging.NOTSET:  # else an env.py has said how much to tell
            log.setLevel(logging.ERROR)

    @property
    def heads(self) -> list[str]:
        """The newest revisions: none, one, or several that wait for a merge."""
        return sorted(self.directory.get_heads())

    def ends(self) -> list[str]:
        """The heads that belong together: none, one, or those of branches that are to stay apart.

        These have labels of their own, or folders and bases of their own. Raises HistoryError for heads that wait for
        a merge.
        """
        heads = self.heads
        if len(heads) > 1 and not self._stay_apart(heads):
            raise HistoryError(
                f"the history has {len(heads)} heads: {', '.join(heads)}",
                hint="Two branches were made from one revision. Join them: python manage.py makemigrations --merge",
            )
        return heads

    def branch(self, head: str) -> str:
        """How to speak of the branch that ends in a head: by a label that no other has, else by the head's name."""
        others = {label for other in self.heads if other != head for label in self.get(other).branch_labels}
        return min(self.get(head).branch_labels - others, default=head)

    def _stay_apart(self, heads: Sequence[str]) -> bool:
        if all(self.branch(head) != head for head in heads):
            return True
        folders = {self.locations.folder_of(Path(self.get(head).path)) for head in heads}
        roots = [{s.revision for s in self.directory.iterate_revisions(head, "base")} for head in heads]
        return len(folders) == len(heads) and len(set().union(*roots)) == sum(map(len, roots))

    def files(self) -> dict[str, RevisionFile]:
        """The revision files, read and not run."""
        return read(self.locations.files())

    def home(self, follows: Sequence[str], version_path: str | None = None) -> Path:
        """The folder that a new revision behind these belongs to, as Alembic has it: that of the one it follows.

        Raises HistoryError where there are several, and it follows none.
        """
        if version_path is not None:
            return self.locations.named(version_path)
        folders = self.locations.folders
        found = [self.locations.folder_of(Path(self.get(revision).path)) for revision in follows]
        if len(folders) > 1 and not found:
            raise HistoryError(
                f"the first revision may go to any of {len(folders)} folders: {self.locations.shown}",
                hint="Say which: --version-path FOLDER",
            )
        return (found[0] if found and len(folders) > 1 else None) or folders[0]

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

    def digests(self, revisions: Sequence[str]) -> list[str]:
        """A digest of the history up to these revisions, for the scratch template that holds it.

        Behind it, where that is one revision, the digests of what came before: without the newest, the two newest …
        """
        made_by = (str(ledger.LAYOUT), *(version(package) for package in ("cucurbit", "alembic", "sqlalchemy")))
        tables = (*self.settings.ledger_name, *self.settings.version_table_name)
        state = hashlib.sha256("/".join((*tables, self.settings.name, *made_by)).encode())
        found = [state.hexdigest()]
        wanted = self.ancestors(revisions)
        for script in self.walk() if revisions else ():
            if script.revision in wanted:
                state.update(Path(script.path).read_bytes())
                found.append(state.hexdigest())
        return found[::-1] if len(revisions) == 1 else found[-1:]

    def ancestors(self, heads: Sequence[str]) -> set[str]:
        """The revisions that are applied where `heads` are the current ones, themselves included."""
        try:
            found = self.directory.iterate_revisions(tuple(heads), "base", implicit_base=True)  # what they depend on
            return {script.revision for script in found}
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
                    hint=f"Its file is missing in {self.locations.shown}: get it back, perhaps from "
                    "another branch, or use the database that belongs to these migrations. If it is another project's, "
                    "one of the two needs a schema of its own (`schema` in the settings).",
                )

    def _refuse_tables(self) -> None:
        """Raise HistoryError for a version table of another name, which would be believed and not used."""
        for name in ("version_table", "version_table_schema"):
            if name in self.config.toml_alembic_config:
                lines = (self.settings.root / "pyproject.toml").read_text(encoding="utf-8").splitlines()
                line = next((n for n, text in enumerate(lines, 1) if text.split("=")[0].strip() == name), 1)
                raise HistoryError(
                    f"{name} is nothing that Alembic reads from here",
                    hint='The name of Alembic\'s table is a setting: version_table = "schema.table" in settings.toml.',
                    place=Place("pyproject.toml", line),
                )

    def _check_folder(self) -> None:
        if not self.locations.exist():
            raise HistoryError(
                f"there is no folder {self.locations.shown}",
                hint="`migrations` in settings.toml names the folder that has env.py, script.py.mako and versions/.",
            )

    def _directory(self, draft: Path | None) -> ScriptDirectory:
        try:
            directory = self.locations.directory(draft)
        except (CommandError, ValueError) as error:
            raise HistoryError(f"Alembic's configuration cannot be used: {_message(error)}") from None
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
            self.files()  # which says of one that does not parse where
            raise HistoryError(f"a revision file cannot be loaded: {said_by(error)}") from error
        return directory

    def _place(self, message: str) -> Place | None:
        """The revision file that a message of Alembic speaks of, by its name or its revision."""
        with suppress(HistoryError):
            for file in self.files().values():
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
