"""What a project declares: the metadata of its models, and its entities, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.query import IS_VIEW
from cucurbit.entities.relation import Relation
from cucurbit.errors import AppError, DuplicateError, SqlError
from cucurbit.project.tables import tables
from cucurbit.sql.names import LONGEST, unquote

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table


@dataclass(frozen=True)
class Foreign:
    """An object of another library, and the entities that it means, or of which it says a part."""

    value: object
    entities: Sequence[Entity]


@dataclass
class Declared:
    """What the apps declare: the metadata of their models, and their entities by identity."""

    metadata: list[MetaData] = field(default_factory=list)
    entities: dict[Identity, Entity] = field(default_factory=dict)
    home: str = "public"
    remarks: list[Finding] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)
    _parts: set[Identity] = field(default_factory=set)

    @property
    def identities(self) -> set[Identity]:
        """The identities of all entities."""
        return set(self.entities)

    @property
    def tables(self) -> Sequence[tuple[str, str]]:
        """Schema and name of every table of the models."""
        return [(table.schema or self.home, table.name) for table in tables(self.metadata)]

    @cached_property
    def relations(self) -> set[tuple[str, ...]]:
        """Schema and name of every sequence and index that the models make by themselves."""
        if not self.metadata:
            return set()
        from sqlalchemy.dialects import postgresql

        dialect: Any = postgresql.dialect
        name_of = dialect().identifier_preparer.format_index  # the server's limit of a name's length, too
        found: set[tuple[str, ...]] = set()
        for data in self.metadata:
            found |= {(item.schema or self.home, str(item.name)) for item in sequences(data)}
        for table in tables(self.metadata):
            names = [unquote(name_of(index).replace("%%", "%")) for index in table.indexes]
            found |= {(table.schema or self.home, name) for name in names}
        return found

    def findings(self) -> list[Finding]:
        """What the kinds remark on their entities, errors first, and `remarks` on what is not declared in our words."""
        found = (finding for entity in self.entities.values() for finding in entity.check(self))
        return sorted([*found, *self.remarks], key=lambda finding: (finding.level, str(finding.place)))

    def check(self) -> list[Finding]:
        """The warnings. Raises SqlError for the first error."""
        findings = self.findings()
        for finding in findings:
            if finding.level == "error":
                raise SqlError(finding.message, hint=finding.hint, place=finding.place)
        return findings

    def add(self, entity: Entity) -> None:
        """Take in one entity. Raises DuplicateError, with both places, for a second one of its identity."""
        known = self.entities.setdefault(entity.identity, entity)
        if known is not entity:
            raise DuplicateError(
                f"{entity.identity} is defined twice: first at {known.origin}",
                hint="Remove one of the two definitions.",
                place=entity.origin,
            )

    def add_foreign(self, found: Foreign) -> None:
        """Take in what another library's object says: of a right, for example, what other objects say more of.

        Raises DuplicateError for a second definition, where the two do not add up.
        """
        for entity in found.entities:
            known = self.entities[entity.identity] if entity.identity in self._parts else None
            joined = known.joined(entity) if known is not None else None
            if joined is None:
                self.add(entity)
                self._parts.add(entity.identity)
            else:
                self.entities[entity.identity] = joined
        self.foreign.append(found)

    def add_type_of_models(self, entity: Entity) -> None:
        """Take in a type that a model's column needs; a declared one of its name is the same, if its values are.

        Raises DuplicateError where they are not.
        """
        known = self.entities.get(entity.identity)
        if known is None:
            self.add(entity)
        elif known.canonical != entity.canonical:
            raise DuplicateError(
                f"{entity.identity} has other values here than in {entity.origin or 'the models'}",
                hint=f"The models have: {entity.canonical}",
                place=known.origin,
            )

    def add_metadata(self, found: Iterable[MetaData]) -> None:
        """Take in the metadata of a module, which others may share."""
        for metadata in found:
            if all(metadata is not known for known in self.metadata):
                self.metadata.append(metadata)

    def check_views(self) -> None:
        """Raise AppError for a model that has the name of a view."""
        views = {entity.identity.names: entity for entity in self.entities.values() if isinstance(entity, Relation)}
        for name in self.tables if views else ():
            if (entity := views.get(name)) is not None:
                raise AppError(
                    f"{entity} has the name of a model's table",
                    hint=f'If the model is mapped to it, say so: __table_args__ = {{"info": {{"{IS_VIEW}": True}}}}',
                    place=entity.origin,
                )

    def check_names(self) -> None:
        """Raise AppError for a name that PostgreSQL would cut: the models would never be what the database has."""
        for table in tables(self.metadata):
            for what, name in _names(table):
                # One that SQLAlchemy has made, by a convention, is of a type of its own, and it shortens that itself.
                if type(name).__name__ in ("str", "quoted_name") and len(str(name).encode(errors="replace")) > LONGEST:
                    raise AppError(
                        f"the name of this {what} has more than the {LONGEST} bytes that PostgreSQL keeps: {name}",
                        hint="Give it a shorter one; outside ASCII a character has two to four bytes.",
                    )

    def check_tables(self) -> None:
        """Raise AppError for a table that two metadata have: nothing says which of the two it is to be."""
        seen: set[tuple[str, str]] = set()
        for schema, name in self.tables:
            if (schema, name) in seen:
                raise AppError(
                    f"the table {schema}.{name} is in two metadata, each with a definition of its own",
                    hint="Let one of the models have it, or give both the same base (or MetaData). `apps` in the"
                    " settings says what is collected.",
                )
            seen.add((schema, name))

    def check_foreign_keys(self) -> None:
        """Raise AppError for a foreign key to a table that no model has: SQLAlchemy looks only when it is asked."""
        if not self.metadata:
            return
        from sqlalchemy.exc import NoReferenceError

        for key in [key for table in tables(self.metadata) for key in table.foreign_keys]:
            try:
                key.column  # noqa: B018 - looks it up
            except NoReferenceError as error:
                raise AppError(
                    f"{key.parent} refers to {key.target_fullname}, which no model has",
                    hint="The app that has it is to be in `apps` of the settings, and to share the metadata.",
                ) from error


def _names(table: Table) -> Iterator[tuple[str, object]]:
    """What a table and its parts are called by their models, in words and by name; not what SQLAlchemy makes up."""
    from sqlalchemy import CheckConstraint, Enum, PrimaryKeyConstraint

    yield "table", table.name
    for column in table.columns:
        yield f"column of {table.name}", column.name
        if isinstance(column.type, Enum):
            yield f"Enum of column {column.name} of {table.name}", column.type.name
    for part in (*table.indexes, *table.constraints):
        if not isinstance(part, CheckConstraint | PrimaryKeyConstraint):
            yield f"{type(part).__name__} of {table.name}", getattr(part, "name", None)


def sequences(metadata: MetaData) -> list[Any]:
    """Those that `create_all` makes; SQLAlchemy lists them nowhere in public."""
    return [sequence for sequence in metadata._sequences.values() if not sequence.optional]
