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


def continued(text: str, more: str) -> str:
    """A text with statements at its end, a paragraph of their own; with the newlines that it has."""
    if not text.strip():
        return more
    newline = "\r\n" if "\r\n" in text else "\n"
    end = text.rstrip()
    closing = f"{newline};" if _is_open(end) else ""
    return newline.join([end + closing, "", *more.split("\n")])


def _is_open(text: str) -> bool:
    """Whether a statement behind a text would go on with its last one; a semicolon may be part of a comment."""
    try:
        return len(split(f"{text}\nselect 1", "")) == len(split(text, ""))
    except SqlError:
        return True


def write(file: Path, text: str, encoding: str = "utf-8") -> None:
    """Put a text in a file's place: wholly or not at all, with the file's own permissions; through a link."""
    target = file.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode(encoding))
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, name)
        else:
            Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    os.umask(mask := os.umask(0))
    return mask


def _starts(text: str) -> list[int]:
    """The index of each line's first character."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts
