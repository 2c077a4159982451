"""What a revision file does to entities, read from its syntax tree: nothing of the file is run.

So `migrate --fake` can record a revision, and `showentities` can tell that a migration waits.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from cucurbit.errors import HistoryError, Place, SqlError, said_by
from cucurbit.migrations import known
from cucurbit.migrations.neighbour_calls import is_theirs, line_of_theirs
from cucurbit.planning.change import Change

_HELPERS = ("f", "get_bind", "get_context", "inline_literal", "set_aside")
# What an operation on a table does, with its arguments by number, in the words of makemigrations.
_LINES = {
    "create_table": "+ Create table {0}",
    "drop_table": "- Drop table {0}",
    "rename_table": "~ Rename table {0} to {1}",
    "set_table_schema": "~ Move table {0} to schema {1}",
    "rename_column": "~ Rename column {1} of {0} to {new_column_name}",
    "add_column": "+ Add column {1} to {0}",
    "drop_column": "- Remove column {1} from {0}",
    "alter_column": "~ Alter column {1} on {0}",
    "create_index": "+ Create index {0} on {1}",
    "drop_index": "- Remove index {0} from {table_name}",
    "create_foreign_key": "+ Create constraint {0} on {1}",
    "create_unique_constraint": "+ Create constraint {0} on {1}",
    "create_check_constraint": "+ Create constraint {0} on {1}",
    "create_primary_key": "+ Create constraint {0} on {1}",
    "create_exclude_constraint": "+ Create constraint {0} on {1}",
    "drop_constraint": "- Remove constraint {0} on {1}",
    "create_table_comment": "~ Comment on table {0}",
    "drop_table_comment": "- Remove comment from table {0}",
    "execute": "~ Run SQL",
    "run_sql": "{what}",
    "bulk_insert": "~ Insert rows",
}
_CREATE_TABLE = "+ Create table "
OF_A_MODEL = " (model)"
_SIDES = {
    "create_entity": ("sql", None),
    "drop_entity": (None, "sql"),
    "replace_entity": ("new", "old"),
    "rename_entity": ("new", "old"),
    "adopt_entity": ("sql", None),
    "release_entity": (None, "sql"),
}


# What none of these says: any entity may come or go by it, and nobody can tell without running it.
_OPAQUE = ("execute", "run_sql", "get_bind", "get_context", "invoke", "batch_alter_table")
_SAYS_NO_SQL = ("op", "sa", "sqlalchemy", "postgresql")


@dataclass(frozen=True)
class RevisionFile:
    """A revision file, as far as it can be told without running it."""

    path: Path
    revision: str
    down: tuple[str, ...]
    tree: ast.Module
    needs: tuple[str, ...] = ()
    """What it depends on beside (`depends_on`), which is applied before it as well."""

    @property
    def before(self) -> tuple[str, ...]:
        """All that is applied directly before it."""
        return (*self.down, *self.needs)

    @property
    def message(self) -> str:
        """The file's docstring, empty where it has none."""
        return ast.get_docstring(self.tree) or ""

    def changes(self, home: str, function: str = "upgrade") -> list[Change]:
        """The entity changes of `upgrade` or `downgrade`, in their order."""
        return [_change(call, home, str(self.path)) for call in self.calls(function) if self._is_ours(call)]

    def _is_ours(self, call: ast.Call) -> bool:
        return _name(call) in _SIDES and not is_theirs(call, _name(call), self.tree)

    @property
    def is_clear(self) -> bool:
        """Whether its upgrade has nothing that may change entities in words of its own."""
        return not any(map(self._is_opaque, self._calls("upgrade")))

    def clear_changes(self, home: str) -> list[Change]:
        """The entity changes of its upgrade, as far as they stand before anything of that sort."""
        clear = takewhile(lambda call: not self._is_opaque(call), self._calls("upgrade"))
        return [_change(call, home, str(self.path)) for call in clear if _name(call) in _SIDES]

    def _is_opaque(self, call: ast.Call) -> bool:
        return _is_opaque(call) or is_theirs(call, _name(call), self.tree)

    @property
    def frees(self) -> set[str]:
        """The names of indexes and tables that its upgrade drops or renames: something else may have them then."""
        calls = (call for call in self.calls() if _name(call) in ("drop_index", "drop_table", "rename_table"))
        return {_literal(call.args[0]) for call in calls if call.args}

    def gone(self, function: str = "upgrade") -> set[tuple[str, ...]]:
        """The names of tables, and of columns with their tables, that are there no more after a function."""
        found: set[tuple[str, ...]] = set()
        for call in self.calls(function):
            named = tuple(_literal(argument) for argument in call.args[:2])
            if _name(call) in ("drop_table", "rename_table"):
                found.add(named[:1])
            elif _name(call) == "drop_column" or any(k.arg == "new_column_name" for k in call.keywords):
                found.add(named)
        return found

    def parameters(self, function: str) -> list[ast.arg]:
        """What a function of the file takes."""
        return next((n.args.args for n in self.tree.body if isinstance(n, ast.FunctionDef) and n.name == function), [])

    def calls(self, function: str = "upgrade") -> list[ast.Call]:
        """All calls of `op.…` in a function, in their order."""
        return [call for call in self._calls(function) if _name(call)]

    def _calls(self, function: str) -> list[ast.Call]:
        bodies = (n for n in self.tree.body if isinstance(n, ast.FunctionDef) and n.name == function)
        calls = [node for body in bodies for node in ast.walk(body) if isinstance(node, ast.Call)]
        return sorted(calls, key=lambda node: (node.lineno, node.col_offset))

    def lines(self, home: str, function: str = "upgrade") -> list[tuple[str, str]]:
        """A sign and a sentence for each operation of a function, as far as its literals tell."""
        lines = []
        for call in self.calls(function):
            if self._is_ours(call):
                lines.append(_change(call, home, str(self.path)).line)
            elif _name(call) in _SIDES:
                lines.append(line_of_theirs(call, _name(call), self.tree))
            elif _name(call) not in _HELPERS:
                lines.append(_line(call))
        return lines


def tables(files: Mapping[str, RevisionFile], home: str) -> set[tuple[str, str]]:
    """Schema and name of every table that the history has made, whether it still is or not.

    By an operation of Alembic, or by `op.run_sql(…, what="+ Create table shop.orders (model)")`. What SQL makes in
    other words is not looked after, as long as no model has it. A name with dots may be that of several tables, and
    counts as all of them.
    """
    found = set()
    for sentence in sentences(files):
        if sentence.startswith(_CREATE_TABLE) and sentence.endswith(OF_A_MODEL):
            words = sentence.removeprefix(_CREATE_TABLE).removesuffix(OF_A_MODEL).split(".")
            found |= {(".".join(words[:n]) or home, ".".join(words[n:])) for n in range(len(words))}
    for file in files.values():
        for call in file.calls():
            named = [_literal(argument) for argument in call.args[:2]]
            if _name(call) in ("create_table", "rename_table"):
                schema = next((_literal(k.value) for k in call.keywords if k.arg == "schema"), home)
                found |= {(schema, name) for name in named}
            elif _name(call) == "set_table_schema":
                found.add((named[1], named[0]))
    return found


def concurrent_indexes(files: Mapping[str, RevisionFile], home: str) -> set[tuple[str, str]]:
    """Schema and name of every index of a table that the history has made CONCURRENTLY, whether it still is or not."""
    calls = (call for file in files.values() for call in file.calls() if _name(call) == "create_index" and call.args)
    named = ((_literal(call.args[0]), {str(k.arg): _literal(k.value) for k in call.keywords}) for call in calls)
    return {
        (words.get("schema", home), name) for name, words in named if words.get("postgresql_concurrently") == "True"
    }


def sentences(files: Mapping[str, RevisionFile]) -> set[str]:
    """What the upgrades of the history say that their `op.run_sql` are for."""
    calls = (call for file in files.values() for call in file.calls() if _name(call) == "run_sql")
    return {_literal(keyword.value) for call in calls for keyword in call.keywords if keyword.arg == "what"}


def ancestors(files: Mapping[str, RevisionFile], heads: Iterable[str]) -> set[str]:
    """The revisions that are applied where `heads` are the current ones, themselves included."""
    found: set[str] = set()
    waiting = list(heads)
    while waiting:
        revision = waiting.pop()
        if revision in files and revision not in found:
            found.add(revision)
            waiting.extend(files[revision].before)
    return found


def heads(files: Mapping[str, RevisionFile], applied: Iterable[str]) -> list[str]:
    """Those of the applied revisions that no other of them follows, sorted."""
    found = set(applied)
    return sorted(found - {down for revision in found if revision in files for down in files[revision].before})


def oldest_first(files: Mapping[str, RevisionFile]) -> list[str]:
    """All revisions, each behind those that it follows."""
    return sorted(files, key=lambda revision: (len(ancestors(files, [revision])), revision))


def read(paths: Iterable[Path]) -> dict[str, RevisionFile]:
    """The revision files among these by their revision. Raises HistoryError for one that does not parse."""
    found = {file.revision: (file, labels) for file, labels in _read(paths)}
    labelled = {label: revision for revision, (_, labels) in found.items() for label in labels}
    return {
        revision: replace(file, needs=tuple(labelled.get(need, need) for need in file.needs)) if file.needs else file
        for revision, (file, _) in found.items()
    }


def _read(paths: Iterable[Path]) -> Iterator[tuple[RevisionFile, tuple[str, ...]]]:
    """Each with the labels of the branches that begin with it."""
    for path in paths:
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError as error:
            place = Place(str(path), error.lineno or 1, error.offset or 1)
            raise HistoryError(f"the revision file does not parse: {error.msg}", place=place) from None
        except (ValueError, RecursionError, MemoryError) as error:  # a NUL, on Python 3.11; nested too deeply
            raise HistoryError(f"the revision file does not parse: {said_by(error)}", place=Place(str(path))) from None
        constants = _constants(tree)
        if isinstance(revision := constants.get("revision"), str):
            down, needs, labels = (_names(constants.get(n)) for n in ("down_revision", "depends_on", "branch_labels"))
            yield RevisionFile(path, revision, down, tree, needs), labels


def _constants(tree: ast.Module) -> dict[str, object]:
    """The module's variables that have a literal for a value."""
    found: dict[str, object] = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        for target, given in _assigned(targets, value):
            try:
                found[target] = ast.literal_eval(given)
            except ValueError:
                continue
    return found


def _assigned(targets: Sequence[ast.expr | None], value: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    """Each name with what it gets, of `a = …` and of `a, b = …, …`."""
    for target in targets:
        if isinstance(target, ast.Name) and value is not None:
            yield target.id, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, given in zip(target.elts, value.elts, strict=False):
                yield from _assigned([one], given)


def _names(down: object) -> tuple[str, ...]:
    if down is None:
        return ()
    return (down,) if isinstance(down, str) else tuple(map(str, down)) if isinstance(down, (list, tuple, set)) else ()


def _name(call: ast.Call) -> str:
    """`create_view` of `op.create_view(…)`, empty for any other call."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "op":
        return function.attr
    return ""


def _is_opaque(call: ast.Call) -> bool:
    root: ast.expr = call.func
    while isinstance(root, ast.Attribute | ast.Call):
        root = root.value if isinstance(root, ast.Attribute) else root.func
    return _name(call) in _OPAQUE or not (isinstance(root, ast.Name) and root.id in _SAYS_NO_SQL)


def _line(call: ast.Call) -> tuple[str, str]:
    arguments = [_literal(argument) for argument in call.args]
    named = {"what": "~ Run SQL"} | {str(keyword.arg): _literal(keyword.value) for keyword in call.keywords}
    operation = "rename_column" if named.get("new_column_name") else _name(call)
    try:
        sign, _, text = _LINES[operation].format(*arguments, **named).partition(" ")
    except (KeyError, IndexError):
        return "~", _name(call).replace("_", " ").capitalize()
    schema = f" in schema {named['schema']}" if named.get("schema") else ""
    return sign, text + schema


def _literal(node: ast.expr) -> str:
    """A text, be it in `op.f(…)` or the name in `sa.Column(…)`."""
    if isinstance(node, ast.Call) and node.args:
        return _literal(node.args[0])
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def _change(call: ast.Call, home: str, file: str) -> Change:
    place = Place(file, call.lineno, call.col_offset + 1)
    parameters = ("new", "old") if "new" in _SIDES[_name(call)] else ("sql",)
    try:
        given = dict(zip(parameters, map(ast.literal_eval, call.args), strict=False))
        given |= {str(k.arg): ast.literal_eval(k.value) for k in call.keywords if k.arg in parameters}
    except ValueError:
        raise HistoryError(
            "the SQL of this operation is not a literal, so it cannot be read",
            hint="Write it here; an object of alembic_utils is known as one where the file imports alembic_utils.",
            place=place,
        ) from None
    sides = [given.get(parameter or "") for parameter in _SIDES[_name(call)]]
    try:
        new, old = (known.entity(str(sql), home, place) if sql else None for sql in sides)
    except SqlError as error:
        raise HistoryError(error.message, hint=error.hint, place=place) from None
    name = _name(call)
    return Change(new, old, renamed=name == "rename_entity", adopted=name in ("adopt_entity", "release_entity"))
