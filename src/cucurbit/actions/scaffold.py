"""startproject and startapp: the files of a new project or app, from the templates in `scaffold/`.

A template is named as the file that it becomes, with `.template` behind it, so that no tool takes it for the file; the
one thing replaced in it is `{{ name }}`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.resources import files
from importlib.resources.abc import Traversable
from keyword import iskeyword
from pathlib import Path

from cucurbit.errors import ScaffoldError

_SUFFIX = ".template"
_NAME = "{{ name }}"


@dataclass(frozen=True)
class Started:
    """What was written: the folder, and the files in it, relative to it and sorted."""

    folder: Path
    files: list[Path]


def start_project(name: str, folder: Path) -> Started:
    """Write a new project into a folder, which is made if it is not there; other files in it may stay.

    Raises ScaffoldError, and leaves nothing behind, for a name that cannot be used, a file that exists already, and a
    folder that cannot be written.
    """
    _check_name(name, "project", without=Path.cwd())
    return _write("project", name, folder)


def start_app(name: str, root: Path) -> Started:
    """Write a new app, a package of that name, into a project's folder. Raises ScaffoldError as `start_project`."""
    _check_name(name, "app", without=root)
    module = root / f"{name}.py"
    if module.exists():
        raise ScaffoldError(f"there is a module {module.name} already", hint="Take another name for the app.")
    return _write("app", name, root / name)


# -- the name ----------------------------------------------------------------------------------------------------------


def _check_name(name: str, what: str, *, without: Path) -> None:
    """Refuse a name that Python could not import, or would import something else by; `without` is no place to look."""
    if not (name.isidentifier() and name.isascii() and name[0].isalpha() and name[-1].isalnum()):
        raise ScaffoldError(
            f"{name!r} cannot be the name of {_article(what)}",
            hint="A name has letters from a to z, digits and underscores; it begins with a letter, "
            "and does not end with an underscore." + _suggestion(name),
        )
    if iskeyword(name):
        raise ScaffoldError(f"{name!r} is a keyword of Python", hint=f"Take another name for the {what}.")
    if owner := _owner(name, without):
        raise ScaffoldError(
            f"{name!r} is the name of {owner}",
            hint=f"Code that imports it would get the {what} instead, or the other way round: take another name.",
        )


def _article(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"


def _suggestion(name: str) -> str:
    better = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).strip("_").lstrip("0123456789_")
    return f" For example: {better}" if better.isidentifier() else ""


def _owner(name: str, without: Path) -> str | None:
    """What a name imports already: a module of Python's, or an installed one and where it is."""
    if name in sys.stdlib_module_names:
        return "a module of Python's standard library"
    elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != without.resolve()]
    spec = PathFinder.find_spec(name, elsewhere)
    if spec is None:
        return None
    place = spec.origin or next(iter(spec.submodule_search_locations or ()), "")
    return f"an installed module ({place})"


# -- the files ---------------------------------------------------------------------------------------------------------


def _write(template: str, name: str, folder: Path) -> Started:
    texts = {path: text.replace(_NAME, name) for path, text in _templates(files("cucurbit") / "scaffold" / template)}
    write_files(folder, texts)
    return Started(folder, sorted(texts))


def template(name: str) -> str:
    """The text of one of the templates, as `project/manage.py`."""
    return (files("cucurbit") / "scaffold" / f"{name}{_SUFFIX}").read_text(encoding="utf-8")


def write_files(folder: Path, texts: Mapping[Path, str]) -> list[Path]:
    """Write files that must not exist, by their paths in a folder, all or none; what is new, folders too, comes back.

    Raises ScaffoldError, and leaves nothing behind.
    """
    _refuse_existing(folder, sorted(texts))
    made: list[Path] = []
    try:
        for path in sorted(texts):
            _write_file(folder / path, texts[path], made)
    except OSError as error:
        take_back(made)
        raise ScaffoldError(
            f"{error.filename or folder} cannot be written: {error.strerror}", hint="Nothing was left behind."
        ) from error
    except BaseException:
        take_back(made)
        raise
    return made


def _templates(folder: Traversable, inside: Path = Path()) -> Iterator[tuple[Path, str]]:
    """Where each file of a template goes, and its text."""
    for item in folder.iterdir():
        if item.is_dir():
            yield from _templates(item, inside / item.name)
        elif item.name.endswith(_SUFFIX):
            yield inside / item.name.removesuffix(_SUFFIX), item.read_text(encoding="utf-8")


def _refuse_existing(folder: Path, paths: list[Path]) -> None:
    existing = [str(path) for path in paths if (folder / path).exists() or (folder / path).is_symlink()]
    if existing:
        raise ScaffoldError(
            f"{', '.join(existing)} {'is' if len(existing) == 1 else 'are'} in {folder} already",
            hint="No file is overwritten, and nothing was written: take another name or another folder.",
        )


def _write_file(path: Path, text: str, made: list[Path]) -> None:
    """Write a file that must not exist, with the folders that it needs; `made` gets whatever is new."""
    for parent in [*reversed(path.parents)]:
        if not parent.exists():
            parent.mkdir()
            made.append(parent)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        made.append(path)
        file.write(text)
    if text.startswith("#!"):
        path.chmod(path.stat().st_mode | 0o111)


def take_back(made: Sequence[Path]) -> None:
    """Remove what `write_files` has made."""
    for path in reversed(made):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
