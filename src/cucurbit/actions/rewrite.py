"""adopt --from: entities that are declared by another library's objects get .sql files, and the objects go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import AppError, Place, SqlError
from cucurbit.project import filing, sql_file
from cucurbit.project.apps import collect
from cucurbit.project.declarations import is_of
from cucurbit.project.declared import Foreign
from cucurbit.project.python_file import PythonFile, unused_imports
from cucurbit.project.settings import Settings
from cucurbit.project.uses import Use, find
from cucurbit.sql.parse import split

Texts = dict[Path, tuple[str, str]]
"""Files, with what they have and what they are to have."""


@dataclass(frozen=True)
class Left:
    """An object that stays what it is: its entities, and where the code has it in a way that keeps it."""

    identities: Sequence[Identity]
    reason: str
    place: Place | None


@dataclass
class Rewriting:
    """What became of the objects: the entities that were written to files, and where their objects were.

    `unused` are imports that nothing in their file needs any more, `left` the objects that were left alone, `diff` the
    difference that it makes to the files.
    """

    written: dict[str, list[Identity]] = field(default_factory=dict)
    removed: list[tuple[Place, str]] = field(default_factory=list)
    unused: list[tuple[Place, str]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    diff: str = ""


def rewrite(settings: Settings, library: str, *, form: str = filing.OBJECT, write: bool = True) -> Rewriting:
    """Write the entities of a library's objects to .sql files, and take the objects out of the Python files.

    An object stays where the code needs it for something else than a list; then so do its entities. With `write=False`
    nothing is written. Raises AppError where the library's objects declare nothing.
    """
    declared = collect(settings)
    objects = [found for found in declared.foreign if is_of(found.value, library)]
    if not objects:
        raise AppError(
            f"no app declares anything with objects of {library}",
            hint="They count in modules that `apps` in settings.toml names, and below `models` and `entities`.",
        )
    uses: dict[int, list[Use]] = {}
    for use in find(settings.root, [found.value for found in objects]):
        uses.setdefault(id(use.value), []).append(use)
    left = _left(objects, uses)
    made = Rewriting(
        left=[_reason(found, uses.get(id(found.value), [])) for found in objects if id(found.value) in left]
    )
    going = [found for found in objects if id(found.value) not in left]
    identities = sorted({entity.identity for found in going for entity in found.entities}, key=str)
    texts = _sql_files(settings, [declared.entities[identity] for identity in identities], made, form)
    texts |= _python_files(settings, [use for found in going for use in uses[id(found.value)]], made)
    made.diff = _diff(settings, texts)
    if write:
        _write_all(texts)
    return made


def _left(objects: Sequence[Foreign], uses: Mapping[int, Sequence[Use]]) -> set[int]:
    """The ids of the objects that stay: those that are needed, and those that say a part of what such a one says."""
    left: set[int] = set()
    kept: set[Identity] = set()
    while True:
        more = {
            id(found.value)
            for found in objects
            if _why(uses.get(id(found.value), []))[0] or kept & {entity.identity for entity in found.entities}
        }
        if more == left:
            return left
        left = more
        kept = {entity.identity for found in objects if id(found.value) in left for entity in found.entities}


def _why(uses: Sequence[Use]) -> tuple[str, Place | None]:
    """Why an object has to stay, and where; empty where it need not."""
    if not any(use.makes for use in uses):
        return "no assignment of its own makes it", min((use.place for use in uses), default=None)
    needed = sorted(use.place for use in uses if use.node is None)
    return ("the code there needs the object", needed[0]) if needed else ("", None)


def _reason(found: Foreign, uses: Sequence[Use]) -> Left:
    reason, place = _why(uses)
    together = "another object that says a part of the same stays"
    return Left([entity.identity for entity in found.entities], reason or together, place or found.entities[0].origin)


def _sql_files(settings: Settings, entities: Sequence[Entity], made: Rewriting, form: str) -> Texts:
    """Their texts, behind what the files have already. Raises SqlError where one would be read otherwise."""
    folder = filing.folder(settings)
    texts: Texts = {}
    for name, text in filing.texts(entities, {}, form).items():
        path = folder / name
        before = path.read_bytes().decode("utf-8") if path.exists() else ""
        texts[path] = (before, sql_file.continued(before, text))
        read = [Entity.from_sql(item.sql, schema=settings.home) for item in split(text, str(name))]
        made.written[_name(settings, path)] = [entity.identity for entity in read]
        for entity in read:
            meant = next((other for other in entities if other.identity == entity.identity), None)
            if meant is None or meant.hash != entity.hash:
                raise SqlError(
                    f"{entity} would be another in a file", hint="Write its file by hand.", place=entity.origin
                )
    return texts


def _python_files(settings: Settings, uses: Sequence[Use], made: Rewriting) -> Texts:
    files: dict[Path, list[Use]] = {}
    for use in uses:
        files.setdefault(use.file.path, []).append(use)
    texts: Texts = {}
    for path, found in sorted(files.items()):
        file = found[0].file
        after = file.without([use.node for use in found if use.node is not None])
        texts[path] = (file.text, after)
        name = _name(settings, path)
        made.removed += sorted({(Place(name, use.line), use.name) for use in found if use.makes})
        new = PythonFile(path, after.encode(file.encoding))
        made.unused += [(Place(name, line), what) for line, what in unused_imports(file.tree, new.tree)]
    return texts


def _write_all(texts: Texts) -> None:
    """All of the files, or none: an object that is in both, or in neither, would be an error, or dropped."""
    new = {path for path in texts if not path.exists()}
    written: list[Path] = []
    try:
        for path, (_, after) in texts.items():
            _write(path, after)
            written.append(path)
    except BaseException:
        for path in written:
            with suppress(OSError):
                path.unlink() if path in new else _write(path, texts[path][0])
        raise


def _write(path: Path, text: str) -> None:
    sql_file.write(path, text, PythonFile(path).encoding if path.suffix == ".py" else "utf-8")


def _diff(settings: Settings, texts: Texts) -> str:
    return "\n".join(
        line
        for path, (before, after) in texts.items()
        for line in unified_diff(
            before.splitlines(), after.splitlines(), _name(settings, path), _name(settings, path), lineterm=""
        )
    )


def _name(settings: Settings, path: Path) -> str:
    return str(path.relative_to(settings.root)) if path.is_relative_to(settings.root) else str(path)
