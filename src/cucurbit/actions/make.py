"""makemigrations: find what changed, write it as one revision, prove it on scratch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from cucurbit.database.connect import connect
from cucurbit.database.scratch import Scratch
from cucurbit.entities.finding import Finding
from cucurbit.entities.identity import Identity
from cucurbit.errors import HistoryError, MigrationError
from cucurbit.migrations import renames
from cucurbit.migrations.autogenerate import State
from cucurbit.migrations.draft import Draft, draft
from cucurbit.migrations.executor import Executor, on_scratch
from cucurbit.migrations.proof import Proof, prove, too_early
from cucurbit.migrations.residue import Residue
from cucurbit.migrations.run_sql import RunSqlOp
from cucurbit.migrations.scripts import Script, Scripts
from cucurbit.planning.rename import Answers
from cucurbit.project.settings import Settings

SCRATCH, DATABASE = "scratch", "database"


@dataclass
class Made:
    """What makemigrations found, and the files that it wrote, if it did (two where one transaction cannot do it).

    `lines` are a sign and a sentence for each operation, `source` the text of the files. `verified` are the seconds
    that the proof took (None: there was none), `proof` what it was, `remarks` what it found that is no error;
    `unverified` says that none was wanted. `open` are questions about renames that count as answered with no.
    `residue` are differences between the models and the history with this migration that no operation removes;
    `compared` tells whether they were looked for.
    """

    lines: list[tuple[str, str]]
    findings: list[Finding] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    source: str = ""
    verified: float | None = None
    proof: str = ""
    remarks: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    unverified: bool = False
    residue: list[str] = field(default_factory=list)
    compared: bool = False

    @property
    def changed(self) -> bool:
        """Whether there is anything to migrate."""
        return bool(self.lines)


def make(
    settings: Settings,
    *,
    name: str | None = None,
    write: bool = True,
    empty: bool = False,
    merge: bool = False,
    against: str = SCRATCH,
    verify: bool = True,
    head: str | None = None,
    version_path: str | None = None,
    answers: Answers | None = None,
    require_answers: bool = True,
) -> Made:
    """Write the next revision, unless nothing changed; with `write=False` only say what it would be.

    `head` is the one of several branches that it continues, `version_path` the folder of several that it belongs to.
    `answers` say what was renamed; nobody is asked where there are none. A question that stays open is an error unless
    `require_answers` is False: then it counts as no, and `Made.open` has it. With `verify=False` nothing is proved,
    and the file says so. Raises CucurbitError of many sorts; then no file is written.
    """
    answers = answers or Answers()
    scripts = Scripts(settings)
    heads = _heads(scripts, merge, head)
    with _database(settings, scripts, against) as connection:
        state = None if empty else State(settings, connection)
        if state is not None and merge:
            state.restate = _changed_on_both_sides(scripts, heads)
        findings = state.declared.check() if state else []
        if state is not None:
            findings += renames.find(connection, state, answers, may_write=against == SCRATCH)
            if against == SCRATCH:
                with suppress(*() if verify else (MigrationError,)):  # without a proof, what cannot work is written too
                    state.find_truth(Scratch(settings), connection)
        answers.finish()
        if require_answers:
            answers.require()
        with draft(scripts, connection, state, heads) as found:
            connection.rollback()
            made = Made(found.lines, findings, open=[q.text for q in answers.open], unverified=not verify)
            made.compared = state is not None and state.truth is not None
            if made.changed or empty or merge:
                _refuse_unclear(scripts, heads, merge)
                found.unverified, found.version_path = not verify, version_path
                proving = connection if against == SCRATCH and verify else None
                _write(found, made, proving, state, name=name, write=write)
            elif state is not None:
                made.residue = _residue(state.last, connection)[1]
    return made


def _write(
    found: Draft, made: Made, connection: Connection | None, state: State | None, *, name: str | None, write: bool
) -> None:
    written = found.write(name)[1] if connection is None else _proved(found, made, connection, state, name)
    made.source = "\n\n".join(Path(script.path).read_text(encoding="utf-8") for script in written)
    made.paths = found.publish(written) if write else [found.target(script) for script in written]


def _proved(found: Draft, made: Made, connection: Connection, state: State | None, name: str | None) -> list[Script]:
    """The draft's files, proved; written anew as often as a proof teaches something."""
    reversible = len(found.heads) < 2

    def proved() -> tuple[Proof, Scripts, list[Script]]:
        scripts, written = found.write(name)
        began = time.monotonic()
        proof = prove(scripts, connection, state, _names(written), changed=found.changed, reversible=reversible)
        made.verified = (made.verified or 0) + time.monotonic() - began
        return proof, scripts, written

    try:
        proof, scripts, written = proved()
    except MigrationError as error:
        connection.rollback()
        if not too_early(error) or not found.split():
            raise
        proof, scripts, written = proved()
    missing, made.residue = _residue(state.residue(connection) if state else None, connection)
    if missing and reversible:
        executor = Executor(scripts, connection)
        executor.run(executor.back(_names(written)))
        found.append(missing)
        proof, scripts, written = proved()
        made.lines = found.lines
        made.residue = _residue(state.residue(connection) if state else None, connection)[1]
    if found.refuse_in_place(proof.refused):
        written = found.write(name)[1]
    made.remarks = [*proof.doubts, *(f"the downgrade does not restore {part}" for part in proof.not_restored)]
    made.proof = "upgrade, downgrade" if reversible else "upgrade"
    return written


def _residue(residue: Residue | None, connection: Connection) -> tuple[list[RunSqlOp], list[str]]:
    """What the connection's database and the models' truth differ in: operations that remove it, and sentences for all.

    Called at the end of the history with the migration, so that each sentence is true when the file is written.
    """
    if residue is None:
        return [], []
    found = residue.differences
    sentences = [*(difference.text for difference in found), *residue.entities()]
    connection.rollback()
    return [difference.operation for difference in found if difference.operation], sentences


def _names(written: list[Script]) -> list[str]:
    return [script.revision for script in written]


def _heads(scripts: Scripts, merge: bool, head: str | None) -> list[str]:
    if merge and len(scripts.heads) < 2:
        raise HistoryError("there is nothing to merge: the history has one head")
    if head is None:
        return scripts.heads if merge else scripts.ends()
    revision = scripts.get(head).revision
    if revision not in scripts.heads:
        raise HistoryError(f"{head} is no head of the history", hint=f"There are: {', '.join(scripts.heads)}")
    return [revision]


def _refuse_unclear(scripts: Scripts, heads: list[str], merge: bool) -> None:
    """Raise HistoryError where a revision may continue any of several branches."""
    if len(heads) > 1 and not merge:
        options = " or ".join(f"--head {scripts.branch(head)}@head" for head in heads)
        raise HistoryError(
            f"the history has {len(heads)} branches", hint=f"Say which the migration continues: {options}"
        )


@contextmanager
def _database(settings: Settings, scripts: Scripts, against: str) -> Iterator[Connection]:
    """The database to compare with: a scratch one at the end of the history, or the configured one."""
    if against == SCRATCH:
        with on_scratch(scripts, scripts.heads) as connection:
            yield connection
    else:
        with connect(settings, read_only=True) as connection:
            behind = set(scripts.heads) - scripts.ancestors(Executor(scripts, connection).current())
            if behind:
                raise HistoryError(
                    f"the configured database is not up to date: {', '.join(sorted(behind))} is not applied",
                    hint="Run: python manage.py migrate",
                )
            yield connection


def _changed_on_both_sides(scripts: Scripts, heads: list[str]) -> set[Identity]:
    """The entities that more than one of the branches changed since they parted."""
    files = scripts.files()
    branches = [scripts.ancestors([head]) for head in heads]
    common = set.intersection(*branches)
    home = scripts.settings.home
    touched = [
        {i for r in branch - common for c in files[r].changes(home) for i in c.identities} for branch in branches
    ]
    return {identity for side in touched for identity in side if sum(identity in other for other in touched) > 1}
