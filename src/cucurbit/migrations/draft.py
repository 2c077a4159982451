"""A draft: a revision file that autogenerate wrote, outside the history until it has proved itself."""

from __future__ import annotations

import ast
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from os.path import relpath
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

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import HistoryError, Place
from cucurbit.migrations.autogenerate import State, options
from cucurbit.migrations.describe import Line, describe
from cucurbit.migrations.executor import version_table
from cucurbit.migrations.naming import Names
from cucurbit.migrations.operations import EntityOp
from cucurbit.migrations.outside import AutocommitOp, Part, parts
from cucurbit.migrations.reader import RevisionFile
from cucurbit.migrations.rename_operations import RENAMES
from cucurbit.migrations.render import with_text_blocks
from cucurbit.migrations.scripts import Scripts
from cucurbit.migrations.steps import out_of_the_way

_DUMP = re.compile(r"Template rendering failed; see (\S+)")
_WARNING = "# Warning: not verified. This was written with --no-verify, so it has not been run on a scratch database.\n"
_UNFINISHED = ".unfinished"
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass
class Draft:
    """What a new revision would do (or several, after `part` and `split`), and the folder where the files are tried.

    `heads` are what it follows, `version_path` is the folder that it belongs to where that is not clear. `unverified`
    has a file say that nothing was proved.
    """

    scripts: Scripts
    folder: Path
    heads: list[str]
    context: RevisionContext
    unverified: bool = False
    version_path: str | None = None

    @cached_property
    def names(self) -> Names:
        """How the files are called."""
        return Names([script.revision for script in self.scripts.walk()], self.scripts.locations.file_template)

    @property
    def upgrade(self) -> list[MigrateOperation]:
        """The operations of the upgrade, those in blocks too."""
        return [op for revision in self.context.generated_revisions for op in _flat(revision.upgrade_ops)]

    @property
    def changed(self) -> list[Entity]:
        """The entities that the upgrade creates or replaces, as they are after it."""
        found: dict[Identity, Entity] = {}
        for operation in self.upgrade:
            if isinstance(operation, EntityOp):
                change = operation.change(self.scripts.settings.home)
                for identity in change.identities:
                    found.pop(identity, None)
                if change.new:
                    found[change.identity] = change.new
        return list(found.values())

    @property
    def lines(self) -> list[Line]:
        """One line for each operation of the upgrade."""
        return [describe(operation, self.scripts.settings.home) for operation in self.upgrade]

    def write(self, name: str | None) -> tuple[Scripts, list[Script]]:
        """Write the files in the draft's folder, anew each time; the scripts that come back have them at their end."""
        for file in self.folder.rglob("*.py"):
            file.unlink()
        scripts = Scripts(self.scripts.settings, draft=self.folder)
        self._name_revisions(name)
        self.context.script_directory = scripts.directory
        if self.names.file_template is not None:
            scripts.directory.file_template = self.names.file_template
        try:
            written = [script for script in self.context.generate_scripts() if script is not None]
        except Exception as error:
            for file in _DUMP.findall(str(error)):  # Alembic leaves one behind
                Path(file).unlink(missing_ok=True)
            cause = error.__context__ if isinstance(error, CommandError) and error.__context__ else error
            place = Place(str(scripts.folder / "script.py.mako"))
            raise HistoryError(f"the template cannot be used: {type(cause).__name__}: {cause}", place=place) from error
        if "text_blocks" not in (scripts.folder / "script.py.mako").read_text(encoding="utf-8"):
            for file in [Path(script.path) for script in written]:
                file.write_text(with_text_blocks(file.read_text(encoding="utf-8")), encoding="utf-8")
        for script in written if self.unverified else ():
            _warn_in(Path(script.path))
        return scripts, written

    def publish(self, written: list[Script]) -> list[Path]:
        """Move the files into the history, all or none. Raises HistoryError where there is one of that name."""
        published: list[Path] = []
        try:
            for script in written:
                published.append(self._publish(Path(script.path)))
        except HistoryError:
            for path in published:
                path.unlink(missing_ok=True)
            raise
        return published

    def target(self, script: Script) -> Path:
        """Where the file of a script belongs. Raises HistoryError where that is not clear."""
        return self._target(Path(script.path))

    def take(self, connection: Connection, parts: Sequence[tuple[ops.UpgradeOps, ops.DowngradeOps]]) -> None:
        """A revision of each of these parts, all of one name, in the place of what there is."""
        _without_autogenerate(self.scripts, connection, self.context)
        (revision,) = self.context.generated_revisions
        revision.upgrade_ops, revision.downgrade_ops = parts[0]
        self.context.generated_revisions += [_script(*part) for part in parts[1:]]
        self.is_one = True

    def append(self, operations: Sequence[MigrateOperation]) -> None:
        """More operations, behind all others; the downgrade begins with what takes them back."""
        for part in parts(operations, self.scripts.settings.home, {}) or [Part(list(operations))]:
            self._append(part)

    def _append(self, part: Part) -> None:
        revision = self.context.generated_revisions[-1]
        if revision.upgrade_ops is None or revision.downgrade_ops is None:
            raise HistoryError("the draft has no operations that could be continued")
        if part.is_outside or any(isinstance(item, AutocommitOp) for item in revision.upgrade_ops.ops):
            self.context.generated_revisions.append(_script(part.upgrade, part.downgrade))
            return
        revision.upgrade_ops.ops += [out_of_the_way(operation) for operation in part.operations]
        revision.downgrade_ops.ops[:0] = [out_of_the_way(op.reverse()) for op in reversed(part.operations)]

    def part(self, history: Mapping[str, RevisionFile]) -> None:
        """Make several revisions of one where something is to run outside a transaction."""
        (revision,) = self.context.generated_revisions
        found = parts(revision.upgrade_ops.ops if revision.upgrade_ops else [], self.scripts.settings.home, history)
        if found:
            revision.upgrade_ops, revision.downgrade_ops = found[0].upgrade, found[0].downgrade
            more = [_script(part.upgrade, part.downgrade) for part in found[1:]]
            self.context.generated_revisions = [revision, *more]

    def split(self) -> bool:
        """Make two revisions of one: first what only a later transaction can use. Whether there is such a thing."""
        for position, revision in enumerate(self.context.generated_revisions):
            second = self._split(revision)
            if second is not None:
                self.context.generated_revisions.insert(position + 1, second)
                return True
        return False

    def _split(self, revision: ops.MigrationScript) -> ops.MigrationScript | None:
        def comes_first(operation: MigrateOperation) -> bool:
            return isinstance(operation, RENAMES) or self._comes_first(operation)

        first, rest = _parted(revision.upgrade_ops, comes_first)
        first_back, rest_back = _parted(revision.downgrade_ops, comes_first)
        if not any(map(self._comes_first, first)) or not rest:
            return None
        revision.upgrade_ops, revision.downgrade_ops = ops.UpgradeOps(first), ops.DowngradeOps(first_back)
        return _script(ops.UpgradeOps(rest), ops.DowngradeOps(rest_back))

    def _comes_first(self, operation: MigrateOperation) -> bool:
        if not isinstance(operation, EntityOp) or operation.action != "replace":
            return False
        return operation.entity(self.scripts.settings.home).used_later

    def _publish(self, file: Path) -> Path:
        """Write it under a name that nobody reads, and give it its own when it is whole: that never replaces a file."""
        target = self._target(file)
        whole = target.with_name(f".{file.name}.{os.getpid()}{_UNFINISHED}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            for left in target.parent.glob(f".*{_UNFINISHED}"):
                left.unlink(missing_ok=True)
            try:
                whole.write_bytes(file.read_bytes())
                _name(whole, target)
            finally:
                whole.unlink(missing_ok=True)
        except FileExistsError:
            raise HistoryError(
                f"there is a file {relpath(target)} already", hint="Give another name: -n NAME"
            ) from None
        except OSError as error:
            raise HistoryError(f"{relpath(target)} cannot be written: {error.strerror}") from None
        return target

    def _target(self, file: Path) -> Path:
        inside = file.resolve().relative_to(self.folder.resolve())  # a template may have folders for years
        return self.scripts.home(self.heads, self.version_path) / inside

    def refuse_in_place(self, refused: set[tuple[str, Identity]]) -> bool:
        """Mark the replacements that the server did not take in place; whether there were any."""
        found = False
        backward = (op for revision in self.context.generated_revisions for op in _flat(revision.downgrade_ops))
        for operation in (*self.upgrade, *backward):
            if isinstance(operation, EntityOp) and operation.action == "replace" and operation.in_place:
                entity = operation.entity(self.scripts.settings.home)
                if (entity.hash, entity.identity) in refused:
                    operation.in_place, found = False, True
        return found

    def _name_revisions(self, name: str | None) -> None:
        before: str | None = None
        *others, last = self.context.generated_revisions
        for position, revision in enumerate((*others, last)):
            is_named = name and (revision is last or self.is_one)
            slug = _slug(name) if name and is_named else _slug(self._name(list(_flat(revision.upgrade_ops))))
            revision.rev_id, revision.message = self.names.name(slug, position)
            revision.head = before or self._follows()
            before = revision.rev_id

    def _follows(self) -> Any:
        return tuple(self.heads) if len(self.heads) > 1 else (self.heads[0] if self.heads else "base")

    def _name(self, operations: list[MigrateOperation]) -> str:
        """As Django names them: after what the revision does first."""
        if not self.heads:
            return "initial"
        if len(self.heads) > 1:
            return "merge"
        if not operations:
            return "empty"
        _, text = describe(operations[0], self.scripts.settings.home)
        words = re.sub(r"\(.*\)", "", text).split(" ")
        name = words[words.index("on") - 1] if "on" in words else words[-1]
        slug = _slug(f"{words[0]}_{name.split('.')[-1]}")[:18]
        return slug if len(operations) == 1 else f"{slug}_and_more"


@contextmanager
def draft(scripts: Scripts, connection: Connection, state: State | None, heads: list[str]) -> Iterator[Draft]:
    """What would turn the connection's database into what the project declares; with no state, nothing."""
    with TemporaryDirectory(prefix="cucurbit-") as folder:
        context = RevisionContext(scripts.config, scripts.directory, _arguments(heads, folder))
        (blank,) = context.generated_revisions
        if state is not None:
            _autogenerate(scripts, connection, state, context)
        if not context.generated_revisions:  # a hook of the project's wants none
            context.generated_revisions = [_emptied(blank)]
        found = Draft(scripts, Path(folder), heads, context)
        if state is not None:
            found.part(state.history)
        yield found


def _arguments(heads: list[str], folder: str) -> dict[str, Any]:
    return {
        "message": None,
        "autogenerate": True,
        "sql": False,
        "head": tuple(heads) or "base",  # each draft names its own
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
        environment.configure(connection=connection, **version_table(scripts.settings), **options(state))
        with environment.begin_transaction(), warnings.catch_warnings():
            # Foreign keys in a circle: Alembic's order ignores them, and ours takes them out of their tables.
            warnings.filterwarnings("ignore", "Cannot correctly sort tables", SAWarning)
            # A column's type that SQLAlchemy does not know is compared by what the server says of it.
            warnings.filterwarnings("ignore", "Did not recognize type", SAWarning)
            # What SQLAlchemy reads of a check that is NOT VALID, and does not take.
            warnings.filterwarnings("ignore", "Can't validate argument 'dialect_options'", SAWarning)
            if state.truth is not None:
                warnings.filterwarnings("ignore", "Computed default on .* cannot be modified")  # ours says more
                warnings.filterwarnings("ignore", r"Expression #\d+ .* operator clause")  # and of indexes as well
            environment.run_migrations()


def _without_autogenerate(scripts: Scripts, connection: Connection, context: RevisionContext) -> None:
    """What Alembic's printer of operations needs to know of the database."""

    def retrieve(revision: Any, migration_context: Any) -> list[Any]:
        context.run_no_autogenerate(revision, migration_context)
        return []

    with EnvironmentContext(
        scripts.config, scripts.directory, fn=retrieve, dont_mutate=True, revision_context=context
    ) as environment:
        environment.configure(connection=connection, **version_table(scripts.settings))
        with environment.begin_transaction():
            environment.run_migrations()


def _name(file: Path, target: Path) -> None:
    """Raises FileExistsError where there is one of that name."""
    try:
        os.link(file, target)
    except FileExistsError:
        raise
    except OSError:  # not every file system has links
        if target.exists():
            raise FileExistsError(target) from None
        file.rename(target)


def _emptied(revision: ops.MigrationScript) -> ops.MigrationScript:
    revision.upgrade_ops, revision.downgrade_ops = ops.UpgradeOps([]), ops.DowngradeOps([])
    return revision


def _script(upgrade: ops.UpgradeOps, downgrade: ops.DowngradeOps) -> ops.MigrationScript:
    made = ops.MigrationScript(None, upgrade, downgrade)
    made._needs_render = True
    return made


def _flat(container: ops.OpContainer | None) -> Iterator[MigrateOperation]:
    for operation in container.ops if container else ():
        yield from _flat(operation) if isinstance(operation, ops.OpContainer) else [operation]


def _parted(
    container: ops.OpContainer | None, first: Callable[[MigrateOperation], bool]
) -> tuple[list[MigrateOperation], list[MigrateOperation]]:
    operations = list(container.ops) if container else []
    return [op for op in operations if first(op)], [op for op in operations if not first(op)]


def _warn_in(file: Path) -> None:
    """Write a comment behind the docstring."""
    text = file.read_text(encoding="utf-8")
    first = ast.parse(text).body[0]
    line = (first.end_lineno or 0) if isinstance(first, ast.Expr) else first.lineno - 1
    lines = text.splitlines(keepends=True)
    file.write_text("".join([*lines[:line], _WARNING, *lines[line:]]), encoding="utf-8")


def _slug(text: str) -> str:
    return _SLUG.sub("_", text.lower()).strip("_")
