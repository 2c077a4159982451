"""Models that say of the tables of a database what its server says: the judge is what a server makes of them.

What a model cannot say, or says otherwise, is not known beforehand: the models are made on scratch, with the entities,
and compared part by part. A table that differs is left out, and the next models are made without it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from cucurbit.database.reflected import Name
from cucurbit.database.scratch import Scratch
from cucurbit.database.tables import INDEX, SEQUENCE, Part
from cucurbit.entities.entity import Entity
from cucurbit.migrations.remedy import Difference
from cucurbit.migrations.residue import Residue
from cucurbit.migrations.truth import find
from cucurbit.project.declared import Declared
from cucurbit.project.enums import enums
from cucurbit.project.settings import Settings

if TYPE_CHECKING:
    from cucurbit.database.models import Models

_OF_TABLES = 60  # the first rank of entities that are made of tables: views
_ALONE = "it needs something that neither a model nor an entity makes"


def fitted(settings: Settings, connection: Connection, tables: Sequence[Name], entities: Iterable[Entity]) -> Models:
    """Models of tables (schema, table), with `left`: those that models cannot say exactly, and why.

    Nothing is written to the connection's database; the settings name the server for scratch. `entities` are all that
    there are; which of them are still to be declared, the models beside them, tells `beside()`.

    The statement of the baseline that makes one of `Models.tables` is to say so (`reader.OF_A_MODEL`), so that the
    table is dropped when its model goes; that of one of `left` is not.

    Raises CucurbitError where sqlacodegen is not installed, ScratchError where no throw-away database can be made.
    """
    from cucurbit.database.models import generate

    home, entities = settings.home, list(entities)
    left: dict[Name, str] = {}
    without: set[tuple[str, ...]] = set()
    relationships = True
    while True:
        names = [name for name in tables if name not in left]
        models = generate(connection, names, home, without=without, relationships=relationships)
        if relationships and not _imported(models.source)[1]:
            relationships = False
            continue
        left |= models.left
        known = (len(left), len(without))
        for found in _differences(settings, connection, models, entities, left):
            if found.key.sort == INDEX:
                without.add((found.key.schema, found.key.name))
            elif (table := _table(found)) is not None:
                left[table] = found.text.replace(" in the history", " in the database")
        if (len(left), len(without)) == known:
            models.left = left
            return models


def beside(models: Models, entities: Iterable[Entity], home: str) -> list[Entity]:
    """The entities but for those that the models say: indexes of tables, comments of tables and columns."""
    said = _declared(models, (), home)
    return [
        entity
        for entity in entities
        if not ("relation" in entity.provides and entity.identity.names in said.relations)
        and not entity.is_of_models(entity.identity, said)
    ]


@lru_cache(maxsize=1)
def _imported(source: str) -> tuple[list[MetaData], bool]:
    """The metadata of the `Base` of a module's text, if it has one, and whether its relationships work."""
    module = ModuleType("cucurbit_models")
    sys.modules[module.__name__] = module  # where SQLAlchemy looks for what annotations speak of
    try:
        exec(compile(source, "models.py", "exec"), module.__dict__)  # noqa: S102 - generated just now
        base = module.__dict__.get("Base")
        if base is None:
            return [], True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of keys that share a column
            base.registry.configure()
    except SQLAlchemyError:
        return [], False
    finally:
        del sys.modules[module.__name__]
    return [base.metadata], True


def _differences(
    settings: Settings, connection: Connection, models: Models, entities: Sequence[Entity], left: dict[Name, str]
) -> Sequence[Difference]:
    """What models and entities make otherwise; tables that they do not make at all are added to `left`."""
    home = settings.home
    declared = _declared(models, beside(models, entities, home), home)
    before = [entity for entity in declared.entities.values() if entity.rank < _OF_TABLES]
    truth = find(Scratch(settings), connection, _declared(models, before, home), set)
    if models.tables - truth.tables:  # a table that is made of a view is rare
        truth = find(Scratch(settings), connection, declared, set)
    left |= dict.fromkeys(models.tables - truth.tables, _ALONE)
    relations = {(i.names[0], i.name) for i, entity in declared.entities.items() if "relation" in entity.provides}
    comments = {identity.names for identity in declared.entities if identity.on == "on constraint"}
    return _Fit(connection, truth, home, lambda words: False, relations, comments, models.tables).differences


def _declared(models: Models, entities: Iterable[Entity], home: str) -> Declared:
    found = Declared(list(_imported(models.source)[0]), home=home)
    for entity in entities:
        found.add(entity)
    for entity in enums(found.metadata, home):
        found.add_type_of_models(entity)
    return found


def _table(found: Difference) -> Name | None:
    """The table that a difference is about; None for a sequence of nobody's."""
    if found.key.sort != SEQUENCE:
        return found.key.relation
    owner = next((part["owner"] for part in (found.new, found.old) if part), None)
    return (owner[0], owner[1]) if owner else None


class _Fit(Residue):
    """The comparison, where an expression that the server prints otherwise than before is the same: it is from there.

    So nothing has to be tried on the database.
    """

    def _same_expression(self, old: Part, new: Part) -> bool:
        return bool(old["default"] and new["default"])

    def _same_constraint(self, old: Part, new: Part) -> bool:
        one, other = (part["definition"].rpartition(")") for part in (old, new))
        is_check = old["type"] == new["type"] == "c"
        return (is_check and one[2] == other[2]) or super()._same_constraint(old, new)

    def _same_index(self, old: Part, new: Part) -> bool:
        return bool(old["definition"] == new["definition"])
