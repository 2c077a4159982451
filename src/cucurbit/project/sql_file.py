"""A .sql file of entities, of which one statement is to become another; all else stays as it is, byte for byte."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cucurbit.errors import Place, SqlError
from cucurbit.sql.parse import split

_BOM = "\ufeff"


def rewritten(file: Path, statements: Mapping[Place, str]) -> tuple[str, str]:
    """The text of a file as it is, and with other statements at these places; with the newlines that it has.

    Raises SqlError where no statement begins at a place: the file has changed meanwhile.
    """
    text = file.read_bytes().decode("utf-8")
    bom, body = (_BOM, text.removeprefix(_BOM)) if text.startswith(_BOM) else ("", text)
    newline = "\r\n" if "\r\n" in body else "\n"
    found = {(item.place.line, item.place.column): item.sql for item in split(body, str(file))}
    starts = _starts(body)
    new = body
    for place, sql in sorted(statements.items(), reverse=True):
        old = found.get((place.line, place.column))
        if old is None:
            raise SqlError("no statement begins here any more", hint="Run it again.", place=place)
        start = starts[place.line - 1] + place.column - 1
        stated = newline.join(sql.replace("\r\n", "\n").split("\n"))
        new = new[:start] + stated + new[start + len(old) :]
    return text, bom + new


def write(file: Path, text: str, encoding: str = "utf-8") -> None:
    """Put a text in a file's place: wholly or not at all, with the file's own permissions; through a link."""
    target = file.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode(encoding))
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _starts(text: str) -> list[int]:
    """The index of each line's first character."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts
