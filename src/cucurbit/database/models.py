"""The models of tables that are there already, as the text of a Python module.

https://github.com/agronholm/sqlacodegen names classes, attributes and relationships, and finds the Python types; what
is said of a table, a column, a constraint or an index is read and written here, to the letter.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any

from sqlalchemy import ARRAY, Column, Connection, MetaData, Table
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.exc import CompileError

from cucurbit.database.model_columns import Named
from cucurbit.database.model_parts import CONVENTION
from cucurbit.database.reflected import Name, reflect
from cucurbit.errors import CucurbitError
from cucurbit.project.python_text import laid_out

try:
    from sqlacodegen.generators import Base, DeclarativeGenerator, LiteralImport
    from sqlacodegen.models import ColumnAttribute, Model, ModelClass, RelationshipAttribute, RelationshipType
    from sqlacodegen.utils import get_constraint_sort_key
except ImportError as error:
    raise CucurbitError(
        "models are made of tables by sqlacodegen, which is not installed",
        hint="Run: pip install 'cucurbit[adopt]'\nOr leave the tables to the baseline: --tables sql",
    ) from error

_OPTIONS = ("use_inflect", "nojoined", "nonativeenums", "nosyntheticenums")

# What a module may import, and from where; what it does not need is left out.
_IMPORTS = {
    "Any": "typing",
    "CheckConstraint": "sqlalchemy",
    "Column": "sqlalchemy",
    "Computed": "sqlalchemy",
    "DOMAIN": "sqlalchemy.dialects.postgresql",
    "DeclarativeBase": "sqlalchemy.orm",
    "ExcludeConstraint": "sqlalchemy.dialects.postgresql",
    "ForeignKey": "sqlalchemy",
    "ForeignKeyConstraint": "sqlalchemy",
    "Identity": "sqlalchemy",
    "Index": "sqlalchemy",
    "Mapped": "sqlalchemy.orm",
    "MetaData": "sqlalchemy",
    "PrimaryKeyConstraint": "sqlalchemy",
    "Table": "sqlalchemy",
    "UniqueConstraint": "sqlalchemy",
    "UserDefinedType": "sqlalchemy.types",
    "conv": "sqlalchemy.schema",
    "mapped_column": "sqlalchemy.orm",
    "relationship": "sqlalchemy.orm",
    "text": "sqlalchemy",
}

# Names that an attribute of a class cannot have: those that mean something to SQLAlchemy, and those of types, which
# stand in the annotations of the attributes behind it.
_TAKEN = {"metadata", "registry", "Base", "Named", *_IMPORTS} | set(
    "bool bytes dict float int list str datetime decimal enum ipaddress uuid".split()
)

# The type of what SQLAlchemy says nothing of, or has a class of its own for.
_NOT_KNOWN = re.compile(r"\bobject\b|\bsqlalchemy\.[\w.]+")

_DOCSTRING = '"""The tables that the database had when it was adopted."""'
_BASE = f'''
class Base(DeclarativeBase):
    """Parts of tables without a name are called as PostgreSQL calls them."""

    metadata = MetaData(naming_convention={CONVENTION!r})
'''

_NAMED = '''
class Named(UserDefinedType[Any]):
    """A type of the database that SQLAlchemy has no class for."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name
'''


@dataclass
class Models:
    """The text of a module, and which tables and indexes (schema, name) it has.

    `left` are tables that models cannot say, or not exactly, each with the reason: they stay in the SQL of the
    baseline. An index that is on a table of `tables` and not in `indexes` is to be declared as an entity.
    """

    source: str
    tables: set[Name] = field(default_factory=set)
    indexes: set[Name] = field(default_factory=set)
    left: dict[Name, str] = field(default_factory=dict)


def generate(
    connection: Connection,
    tables: Sequence[Name],
    home: str = "public",
    *,
    without: Collection[tuple[str, ...]] = (),
    relationships: bool = True,
) -> Models:
    """Models of the tables of these names (schema, table), without indexes of the names in `without`.

    Nothing is written to the database. Only `home` is to be on the connection's search path. Foreign keys to other
    tables are left out, and so is what models cannot say: whether they say all is for `fitted()` to find out.
    """
    found = reflect(connection, tables, home, without)
    names = {(table.schema or home, table.name) for table in found.metadata.tables.values()}
    source = _Generator(found.metadata, connection, relationships).generate()
    return Models(source, names, found.indexes, found.left)


class _Generator(DeclarativeGenerator):
    """sqlacodegen's, with every statement on a table by what `reflect` has read of it."""

    def __init__(self, metadata: MetaData, connection: Connection, relationships: bool) -> None:
        super().__init__(metadata, connection, _OPTIONS)
        self._has_relationships = relationships
        self._classes: set[str] = set()

    def generate(self) -> str:
        """The module, laid out."""
        body = super().generate()
        named = _NAMED if re.search(r"\bNamed\(", body) else ""
        tree = ast.parse(body)
        used = {node.id for node in ast.walk(ast.parse(named + _BASE + body)) if isinstance(node, ast.Name)}
        known = {n: module for module, names in self.imports.items() for n in names if module.startswith("sqlalchemy")}
        imports = {n: module for n, module in (known | _IMPORTS).items() if n in used}
        lines = [_DOCSTRING, "from __future__ import annotations", *(f"import {name}" for name in _modules(body))]
        for module in sorted(set(imports.values()), key=lambda name: (name != "typing", name)):
            names = sorted((n for n, origin in imports.items() if origin == module), key=_sorted)
            lines.append(f"from {module} import {', '.join(names)}")
        rest = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
        return laid_out("\n".join([*lines, named, _BASE, *map(ast.unparse, rest)]))

    def generate_base(self) -> None:
        """Ours has a naming convention."""
        self.base = Base([LiteralImport("sqlalchemy.orm", "DeclarativeBase")], [], "Base.metadata")

    def render_module_variables(self, models: list[Model]) -> str:
        """None: `Base` stands before."""
        return ""

    # -- types and names -------------------------------------------------------------------------------------------

    def fix_column_types(self, table: Table) -> None:
        """To SQLAlchemy's generic ones where these make the same."""
        for column in table.columns:
            column.type = self._adapted(column.type)

    def _adapted(self, type_: Any) -> Any:
        if isinstance(type_, DOMAIN):
            type_.data_type = self._adapted(type_.data_type)
        elif isinstance(type_, ARRAY):
            type_.item_type = self._adapted(type_.item_type)
        elif not isinstance(type_, Named):
            try:
                return self.get_adapted_type(type_)
            except CompileError:
                return type_
        return type_

    def render_column_type(self, column: Column[Any]) -> str:
        """The types that sqlacodegen says otherwise, or not at all."""
        return self._type(column.type)

    def _type(self, type_: Any) -> str:
        if isinstance(type_, Named):
            return f"Named({type_.name!r})"
        if isinstance(type_, DOMAIN):
            schema = f", schema={type_.schema!r}" if type_.schema else ""
            return f"DOMAIN({str(type_.name)!r}, {self._type(type_.data_type)}{schema}, create_type=False)"
        self.add_import(type_)
        if isinstance(type_, ARRAY):
            return f"{type(type_).__name__}({self._type(type_.item_type)})"
        return super().render_column_type(_column(type_))

    def collect_imports_for_column(self, column: Column[Any]) -> None:
        """Types are found when they are written; so much is known before."""
        self.add_import(column.type)

    def collect_imports_for_constraint(self, constraint: Any) -> None:
        """All are known."""

    def find_free_name(self, name: str, global_names: set[str], local_names: Collection[str] = ()) -> str:
        """A name that is nobody else's; nor is an attribute called as a class, which annotations speak of."""
        classes = self._classes if isinstance(local_names, set) else set()
        return super().find_free_name(_identifier(name), global_names | _TAKEN | classes, local_names)

    def generate_models(self) -> list[Model]:
        """What classes will be called is known before their attributes are."""
        for table in self.metadata.tables.values():
            model = ModelClass(table)
            self.generate_model_name(model, set())
            self._classes.add(model.name)
        return super().generate_models()

    # -- tables ----------------------------------------------------------------------------------------------------

    def generate_relationships(
        self, source: ModelClass, models_by_table_name: dict[str, Model], association_tables: list[Model]
    ) -> list[RelationshipAttribute]:
        """None where they were not wanted."""
        if not self._has_relationships:
            return []
        links = [model for model in association_tables if _is_link(model.table, source.table)]
        return super().generate_relationships(source, models_by_table_name, links)

    def render_table_args(self, table: Table) -> str:
        """`__table_args__`, always a tuple."""
        options = table.info["options"]
        arguments = [*table.info["calls"], *([repr(options)] if options else [])]
        return f"({', '.join(arguments)},)" if arguments else ""

    def render_table(self, table: Table) -> str:
        """`Table(…)`"""
        columns = [self.render_column(column, True, is_table=True) for column in table.columns]
        options = [f"{name}={value!r}" for name, value in table.info["options"].items()]
        arguments = [repr(table.name), "Base.metadata", *columns, *table.info["calls"], *options]
        return f"Table({', '.join(arguments)})"

    def render_class(self, model: ModelClass) -> str:
        """The columns in their order."""
        lines = [f"class {model.name}(Base):", *self.render_class_variables(model).splitlines()]
        lines += [self.render_column_attribute(attribute) for attribute in model.columns]
        lines += [self.render_relationship(relationship) for relationship in model.relationships]
        return "\n    ".join(lines)

    # -- columns ---------------------------------------------------------------------------------------------------

    def render_column(self, column: Column[Any], show_name: bool, is_table: bool = False) -> str:
        """`mapped_column(…)`, or `Column(…)`; whether it may be null stands in the annotation, if there is one."""
        args, kwargs = column.info["args"], dict(column.info["kwargs"])
        if not column.nullable and not column.primary_key and (is_table or self._python_type(column) == "Any"):
            kwargs["nullable"] = "False"
        arguments = [*([repr(column.name)] if show_name else []), self.render_column_type(column), *args]
        arguments += [f"{name}={value}" for name, value in kwargs.items()]
        return f"{'Column' if is_table else 'mapped_column'}({', '.join(arguments)})"

    def render_column_attribute(self, column_attr: ColumnAttribute) -> str:
        """`name: Mapped[…] = mapped_column(…)`"""
        column = column_attr.column
        python = self._python_type(column)
        optional = " | None" if column.nullable else ""
        rendered = self.render_column(column, column_attr.name != column.name)
        return f"{column_attr.name}: Mapped[{python}{optional}] = {rendered}"

    def _python_type(self, column: Column[Any]) -> str:
        found = self.render_column_python_type(column)
        found = found.removeprefix("Optional[").removesuffix("]") if found.startswith("Optional[") else found
        return _NOT_KNOWN.sub("Any", found)

    def render_relationship_annotation(self, relationship: RelationshipAttribute) -> str:
        """`Customer | None`, `list[Customer]`; what refers to an object, one or none, need not be there."""
        name, key = relationship.target.name, relationship.constraint
        if relationship.type in (RelationshipType.ONE_TO_MANY, RelationshipType.MANY_TO_MANY):
            return f"list[{name}]"
        if key is None or key.table is not relationship.source.table or any(column.nullable for column in key.columns):
            return f"{name} | None"
        return name


def _column(type_: Any) -> Any:
    """What sqlacodegen looks at for a column's type."""
    return Table("t", MetaData(), Column("c", type_)).columns["c"]


def _identifier(name: str) -> str:
    """A name as Python keeps it, without what makes it private; what it cannot have becomes an underscore."""
    name = "".join(c if f"a{c}".isidentifier() else "_" for c in unicodedata.normalize("NFKC", name))
    return (name.strip("_") if name.startswith(("__", "_sa_")) else name) if name.strip("_") else "column"


def _is_link(table: Table, source: Table) -> bool:
    """Whether a table of two foreign keys links `source` to another table, in words that sqlacodegen can write.

    It knows tables by their names alone here, and writes the columns of a link between two rows of one table as they
    are called in the database.
    """
    first, second = sorted(table.foreign_key_constraints, key=get_constraint_sort_key)
    if first.referred_table is not source or second.referred_table is not source:
        return first.referred_table is source
    names = [
        one.name for key in (first, second) for element in key.elements for one in (element.parent, element.column)
    ]
    return all(name == _identifier(name) and name not in _TAKEN and not iskeyword(name) for name in names)


def _modules(source: str) -> list[str]:
    """Those of Python that annotations speak of."""
    return [
        name for name in ("datetime", "decimal", "ipaddress", "uuid") if re.search(rf"Mapped\[.*\b{name}\.", source)
    ]


def _sorted(name: str) -> tuple[bool, bool, str]:
    """Where a name stands in an import: constants, classes, others."""
    return (not name.isupper(), not name[0].isupper(), name)
