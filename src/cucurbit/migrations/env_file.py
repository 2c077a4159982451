"""An env.py of a project's own, read from its syntax tree: what it tells Alembic, and what it does beyond that.

Nothing of it is run. https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-env-py
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cucurbit.errors import HistoryError, Place, said_by
from cucurbit.migrations.hooks import NAMES

# What of context.configure() cucurbit says itself, or has no use for.
_OURS = frozenset(
    """as_sql compare_server_default connection dialect dialect_name dialect_opts include_schemas literal_binds
    output_buffer sqlalchemy_module_prefix tag target_metadata template_args transaction_per_migration
    transactional_ddl url version_table version_table_schema""".split()
)
# What is told where a name, or a text, is met anywhere in the file.
_MET = {
    "async_engine_from_config": "an async engine; cucurbit connects by psycopg, and needs none",
    "create_async_engine": "an async engine; cucurbit connects by psycopg, and needs none",
    "schema_translate_map": "schema_translate_map is not supported: names of schemas are as the models have them",
    "get_x_argument": "options of its own (-x); the new env.py knows -x database=, wait= and on-drift= only",
    "listens_for": "listeners of SQLAlchemy's events; they are not there on cucurbit's connections",
    "search_path": "it sets search_path; in settings.toml `schema` is the one schema on it",
    "set role": "it sets a role; in settings.toml that is `role` of the database",
    "create schema": "it makes a schema; cucurbit makes `schema` and that of version_table, others are entities",
}

Source = tuple[str, ...]
"""The lines of a statement."""


@dataclass(frozen=True)
class Remark:
    """Something that env.py does and cucurbit does not, or otherwise; `line` counts from 1."""

    line: int
    text: str


@dataclass(frozen=True)
class EnvFile:
    """One env.py."""

    path: Path
    text: str
    tree: ast.Module = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> EnvFile:
        """Raises HistoryError for a file that is not there, or does not parse."""
        try:
            text = path.read_text(encoding="utf-8")
            return cls(path, text, ast.parse(text))
        except OSError as error:
            raise HistoryError(f"{path} cannot be read: {error.strerror}") from None
        except (ValueError, SyntaxError, RecursionError) as error:
            line = getattr(error, "lineno", None) or 1
            raise HistoryError(f"env.py does not parse: {said_by(error)}", place=Place(str(path), line)) from None

    # -- the models ------------------------------------------------------------------------------------------------

    @cached_property
    def targets(self) -> list[str]:
        """The expressions of target_metadata, as `Base.metadata`; none where it has none, or one that is computed."""
        found: list[ast.expr] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and "target_metadata" in _names_of(node):
                value = node.value
                found = list(value.elts) if isinstance(value, ast.List | ast.Tuple) else [value] if value else []
        return [ast.unparse(node) for node in found if _root(node)]

    @cached_property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """All imports, but for relative ones."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Import | ast.ImportFrom))
        return [node for node in nodes if not getattr(node, "level", 0)]

    @property
    def imported(self) -> list[str]:
        """What is imported, by its dotted name: `shop.models.Base` where that is taken from `shop.models`."""
        return [name for node in self.imports for name in _imported(node)]

    # -- what it gives to Alembic ------------------------------------------------------------------------------------

    @cached_property
    def configured(self) -> dict[str, ast.keyword]:
        """The keywords of `context.configure(…)`, of all its calls together."""
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call) and _called(node) == "configure"]
        return {keyword.arg or "**": keyword for call in calls for keyword in call.keywords}

    @property
    def version_table(self) -> str | None:
        """Alembic's table, with its schema if it has one; None for the usual one."""
        schema, table = (self._literal(name) for name in ("version_table_schema", "version_table"))
        return f"{schema}.{table or 'alembic_version'}" if schema else table

    @property
    def uses_logging(self) -> bool:
        """Whether it sets up logging by its .ini file."""
        return any(isinstance(node, ast.Call) and _called(node) == "fileConfig" for node in ast.walk(self.tree))

    def _literal(self, name: str) -> str | None:
        keyword = self.configured.get(name)
        value: ast.AST | None = keyword.value if keyword else None
        if isinstance(value, ast.Name):
            value = next((n.value for n in self.tree.body if value.id in _names_of(n) and hasattr(n, "value")), None)
        return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None

    @property
    def variables(self) -> list[str]:
        """Names of environment variables that it reads."""
        found = []
        for node in ast.walk(self.tree):
            argument: ast.AST | None = None
            if isinstance(node, ast.Call) and _called(node) in ("getenv", "get") and node.args:
                argument = node.args[0] if "env" in ast.unparse(node.func) else None
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
                argument = node.slice
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.append(argument.value)
        return found

    # -- what is beyond that -----------------------------------------------------------------------------------------

    @cached_property
    def hooks(self) -> tuple[str, list[str], list[Remark]]:
        """The text of a module with the hooks, their names, and those that cannot stand in one."""
        wanted = {name: self.configured[name] for name in NAMES if name in self.configured}
        taken: list[ast.stmt] = []
        names: list[str] = []
        remarks: list[Remark] = []
        for name, keyword in wanted.items():
            if name == "compare_type" and isinstance(keyword.value, ast.Constant):
                if keyword.value.value is False:
                    remarks.append(Remark(keyword.lineno, "compare_type=False; cucurbit compares types"))
                continue
            needed = self._needed(keyword.value)
            if needed is None:
                text = f"the hook {name} cannot be taken out of env.py: write it into a module, see `hooks` in settings"
                remarks.append(Remark(keyword.lineno, text))
                continue
            names.append(name)
            taken += [node for node in needed if node not in taken]
        if not names:
            return "", [], remarks
        said = {name: ast.unparse(wanted[name].value) for name in names}
        lines = [f"{name} = {text}" for name, text in said.items() if text != name]
        sources = [self._source(node) for node in sorted(taken, key=lambda node: node.lineno)]
        return _module(sources, lines), names, remarks

    def _needed(self, value: ast.expr) -> list[ast.stmt] | None:
        """The statements that an expression needs, and they in turn; None where one needs Alembic's context."""
        makers = {name: node for node in self.tree.body for name in _names_of(node)}
        found: list[ast.stmt] = []
        waiting = _used(value)
        while waiting:
            node = makers.get(waiting.pop())
            if node is None or node in found:
                continue
            is_import = isinstance(node, ast.Import | ast.ImportFrom)
            if not is_import and not isinstance(node, ast.FunctionDef | ast.ClassDef) and "context" in _used(node):
                return None
            found.append(node)
            waiting |= _used(node)
        makes_all = isinstance(value, ast.Name) and value.id in makers
        return found if makes_all or not isinstance(value, ast.Name) else None

    def _source(self, node: ast.stmt) -> Source:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        return tuple(self.text.splitlines()[first - 1 : node.end_lineno])

    @property
    def remarks(self) -> list[Remark]:
        """What is to be told, by line, each once."""
        found = [*self.hooks[2], *_met(self.tree)]
        for name, keyword in self.configured.items():
            if name == "render_as_batch":
                found.append(Remark(keyword.value.lineno, "render_as_batch is for SQLite, and left out"))
            elif name in ("version_table", "version_table_schema") and self._literal(name) is None:
                text = f"{name} is computed: write version_table into settings.toml"
                found.append(Remark(keyword.value.lineno, text))
            elif name not in _OURS and name not in NAMES:
                text = f"{'**' if name == '**' else name + '='} of context.configure() is not passed on"
                found.append(Remark(keyword.value.lineno, text))
        if not self.targets:
            found.append(Remark(1, "its target_metadata cannot be told: write the packages of the models into `apps`"))
        first: dict[str, Remark] = {}
        for remark in sorted(found, key=lambda remark: remark.line):
            first.setdefault(remark.text, remark)
        return list(first.values())


def models_module(env: EnvFile, modules: Sequence[str]) -> str:
    """The text of a module that has the metadata of env.py, and imports the modules that fill it."""
    roots = {expression.partition(".")[0] for expression in env.targets}
    lines = {f"import {module}  # noqa: F401" for module in modules}
    for node in env.imports:
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            if bound in roots:
                said = f" as {alias.asname}" if alias.asname else ""
                origin = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
                lines.discard(f"import {getattr(node, 'module', alias.name)}  # noqa: F401")
                lines.add(f"{origin}import {alias.name}{said}")
    values = [f"metadata_{n} = {expression}" for n, expression in enumerate(env.targets, 1)]
    if len(values) == 1:
        values = [values[0].replace("metadata_1", "metadata", 1)]
    return "\n".join(['"""The metadata that env.py had as its target."""', "", *sorted(lines), "", *values, ""])


def _module(sources: Sequence[Source], lines: Sequence[str]) -> str:
    """Imports first and close together, functions two lines apart."""
    text = '"""Alembic\'s hooks, taken from env.py: makemigrations asks them as well."""\n'
    was_import = False
    for source in sources:
        is_import = source[0].startswith(("import ", "from "))
        is_block = source[0].startswith(("def ", "class ", "@"))
        gap = "" if is_import and was_import else "\n\n" if is_block else "\n"
        text += gap + "\n".join(source) + "\n"
        was_import = is_import
    return text + ("\n\n" + "\n".join(lines) + "\n" if lines else "")


def _met(tree: ast.Module) -> Iterator[Remark]:
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        words = [getattr(node, name, None) for name in ("id", "attr", "arg", "value", "name")]
        for word in [word for word in words if isinstance(word, str)]:
            said = " ".join(word.lower().split())
            yield from (Remark(line, text) for known, text in _MET.items() if said == known or known in said)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    before = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
    return [before + alias.name for alias in node.names]


def _names_of(node: ast.AST) -> set[str]:
    """The names that a statement makes."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name.partition(".")[0] for alias in names}
        case ast.Assign(targets=targets):
            return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def _used(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", None) or getattr(node.func, "id", ""))


def _root(node: ast.expr) -> str | None:
    """The first name of `a.b.c`, None for any other expression."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
