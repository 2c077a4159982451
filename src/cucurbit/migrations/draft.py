"""A draft: a revision file that autogenerate wrote, outside the history until it has proved itself."""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic.autogenerate import RevisionContext
from alembic.operations import MigrateOperation, ops
from alembic.runtime.environment import EnvironmentContext
from alembic.script import Script
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import SAWarning

from cucurbit.entities.identity import Identity
from cucurbit.errors import HistoryError, Place
from cucurbit.migrations.autogenerate import State, options
from cucurbit.migrations.describe import Line, describe
from cucurbit.migrations.operations import EntityOp
from cucurbit.migrations.scripts import VERSIONS, Scripts

_LONGEST = 32  # Alembic's column for a revision is VARCHAR(32)
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass
class Draft:
    """What a new revision would do, and the folder where its file is tried."""

    scripts: Scripts
    folder: Path
    heads: list[str]
    upgrade: list[MigrateOperation]
    downgrade: list[MigrateOperation]
    context: RevisionContext

    @property
    def lines(self) -> list[Line]:
        """One line for each operation of the upgrade."""
        return [describe(operation, self.scripts.settings.home) for operation in self.upgrade]

    def write(self, name: str | None) -> tuple[Scripts, Script]:
        """Write the file in the draft's folder, anew each time; the scripts that come back have it as their head."""
        for file in self.folder.glob("*.py"):
            file.unlink()
        scripts = Scripts(self.scripts.settings, draft=self.folder)
        revision = self.context.generated_revisions[0]
        revision.rev_id = self._revision(name)
        revision.message = " ".join(revision.rev_id.split("_")[1:]).capitalize() or revision.rev_id
        self.context.script_directory = scripts.directory
        try:
            (script,) = self.context.generate_scripts()
        except CommandError as error:
            raise HistoryError(str(error.args[0])) from error
        except Exception as error:
            place = Place(str(scripts.folder / "script.py.mako"))
            raise HistoryError(f"the template cannot be used: {type(error).__name__}: {error}", place=place) from error
        assert script is not None
        return scripts, script

    def publish(self, script: Script) -> Path:
        """Move the file into the history. Raises HistoryError where there is one of that name."""
        target = self.scripts.folder / VERSIONS / Path(script.path).name
        partial = target.with_suffix(".partial")
        try:
            shutil.copyfile(script.path, partial)
            os.link(partial, target)  # unlike a rename, it never replaces a file
        except FileExistsError:
            raise HistoryError(f"there is a file {target} already", hint="Give another name: -n NAME") from None
        except OSError as error:
            raise HistoryError(f"{target} cannot be written: {error.strerror}") from None
        finally:
            partial.unlink(missing_ok=True)
        return target

    def refuse_in_place(self, refused: set[tuple[str, Identity]]) -> bool:
        """Mark the replacements that the server did not take in place; whether there were any."""
        found = False
        for operation in (*self.upgrade, *self.downgrade):
            if isinstance(operation, EntityOp) and operation.action == "replace":
                entity = operation.entity(self.scripts.settings.home)
                if (entity.hash, entity.identity) in refused and operation.in_place:
                    operation.in_place, found = False, True
        return found

    def _revision(self, name: str | None) -> str:
        scripts = self.scripts.walk()
        numbers = [int(script.revision[:4]) for script in scripts if script.revision[:4].isdigit()]
        number = max([*numbers, len(scripts)], default=0) + 1
        slug = _SLUG.sub("_", (name or self._name()).lower()).strip("_") or "auto"
        return f"{number:04d}_{slug}"[:_LONGEST].rstrip("_")

    def _name(self) -> str:
        """As Django names them: after what the revision does first."""
        if not self.heads:
            return "initial"
        if len(self.heads) > 1:
            return "merge"
        if not self.upgrade:
            return "empty"
        _, text = self.lines[0]
        verb, *_, last = re.sub(r"\(.*\)", "", text).split(" ")
        words = text.split(" ")
        name = words[words.index("on") - 1] if "on" in words else last
        slug = f"{verb}_{name.split('.')[-1]}"[:18]
        return slug if len(self.upgrade) == 1 else f"{slug}_and_more"


@contextmanager
def draft(
    scripts: Scripts, connection: Connection, state: State | None, heads: list[str]
) -> Iterator[Draft]:
    """What would turn the connection's database into what the project declares; with no state, nothing."""
    with TemporaryDirectory(prefix="cucurbit-") as folder:
        context = RevisionContext(scripts.config, scripts.directory, _arguments(heads, folder))
        if state is not None:
            _autogenerate(scripts, connection, state, context)
        revision = context.generated_revisions[0]
        up, down = revision.upgrade_ops, revision.downgrade_ops
        assert up is not None
        assert down is not None
        yield Draft(scripts, Path(folder), heads, list(_flat(up)), list(_flat(down)), context)


def _arguments(heads: list[str], folder: str) -> dict[str, Any]:
    return {
        "message": None,
        "autogenerate": True,
        "sql": False,
        "head": tuple(heads) if len(heads) > 1 else (heads[0] if heads else "base"),
        "splice": False,
        "branch_label": None,
        "version_path": folder,
        "rev_id": None,
        "depends_on": None,
    }


def _autogenerate(scripts: Scripts, connection: Connection, state: State, context: RevisionContext) -> None:
    def retrieve(revision: Any, migration_context: Any) -> list[Any]:
        context.run_autogenerate(revision, migration_context)
        return []

    with EnvironmentContext(
        scripts.config,
        scripts.directory,
        fn=retrieve,
        dont_mutate=True,
        template_args=context.template_args,
        revision_context=context,
    ) as environment:
        environment.configure(connection=connection, **options(state, connection))
        with environment.begin_transaction(), warnings.catch_warnings():
            # Foreign keys in a circle: Alembic's order ignores them, and ours takes them out of their tables.
            warnings.filterwarnings("ignore", "Cannot correctly sort tables", SAWarning)
            environment.run_migrations()


def _flat(container: ops.OpContainer) -> Iterator[MigrateOperation]:
    for operation in container.ops:
        yield from _flat(operation) if isinstance(operation, ops.OpContainer) else [operation]
