"""Files that are written together, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from os.path import relpath
from pathlib import Path

from cucurbit.errors import CucurbitError

_SHOWN = 3


def refuse_present(files: Iterable[Path], way_out: str = "choose another --layout") -> None:
    """Raise CucurbitError where one of the files is there already."""
    present = [relpath(path) for path in files if path.exists() or path.is_symlink()]
    if present:
        more = f" and {len(present) - _SHOWN} more" if len(present) > _SHOWN else ""
        raise CucurbitError(
            f"there is a file already: {', '.join(present[:_SHOWN])}{more}",
            hint=f"Nothing is overwritten. Move it away, or {way_out}.",
        )


@contextmanager
def written(files: Mapping[Path, str]) -> Iterator[None]:
    """Write new files, for good if the block ends well; else they are taken away, with the folders made for them.

    Raises CucurbitError for one that is there, or cannot be written.
    """
    made: list[Path] = []
    writing: Path | None = None
    try:
        for path, text in files.items():
            writing = path
            _make(path.parent, made)
            with path.open("x", encoding="utf-8", newline="") as stream:
                made.append(path)
                stream.write(text)
        writing = None
        yield
    except BaseException as error:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        name = error.filename if isinstance(error, OSError) else None
        if isinstance(error, OSError) and (name or writing):  # a full disk says nothing of the file
            raise CucurbitError(f"{relpath(name or writing or '')} cannot be written: {error.strerror}") from error
        raise


def _make(folder: Path, made: list[Path]) -> None:
    if not folder.is_dir():
        _make(folder.parent, made)
        folder.mkdir()
        made.append(folder)
