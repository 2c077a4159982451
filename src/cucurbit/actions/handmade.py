"""What somebody made by hand, and neither the ledger nor an app has: written as new files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.migrations.inventory import Present, beside, stated
from cucurbit.project import filing
from cucurbit.project.settings import Settings
from cucurbit.sql.secrets import speaks_of_secrets


@dataclass(frozen=True)
class Handmade:
    """Objects with what is said of them, by the files that they belong in; `unsaid` are those of no single statement,
    or with a secret in them, and their definitions.
    """

    texts: dict[Path, str]
    files: dict[Identity, Path]
    unsaid: dict[Identity, str]

    def reason(self, identity: Identity) -> str:
        """Why one of the unsaid has no text."""
        secret = speaks_of_secrets(self.unsaid[identity])
        return "it has a secret in it" if secret else "it takes a statement that is no entity"


def find(connection: Connection, settings: Settings, wanted: Sequence[Identity], form: str) -> Handmade:
    """These objects of the database as text. The catalog's words, as the server says them."""
    if not wanted:
        return Handmade({}, {}, {})
    role = connection.exec_driver_sql("select current_user").scalar_one()
    present = catalog.snapshot(connection)
    unsaid: dict[Identity, str] = {}
    entities: list[Entity] = []
    for identity in wanted:
        found = [identity, *(other for other in present if _is_beside(other, identity, present))]
        texts = [(other, stated(present[other], settings.home)) for other in found]
        if texts[0][1] is None or speaks_of_secrets(present[identity].sql or ""):
            unsaid[identity] = present[identity].sql or ""
        else:
            entities += [entity for _, entity in texts if entity is not None and not entity.is_usual(role)]
    places = beside([entity.identity for entity in entities], present, filing.TABLE)
    folder = filing.folder(settings)
    texts_ = filing.texts({entity.identity: entity for entity in entities}.values(), places, form)
    files = {e.identity: folder / filing.path(places.get(e.identity, e.identity), form) for e in entities}
    return Handmade({folder / name: text for name, text in texts_.items()}, files, unsaid)


def _is_beside(other: Identity, identity: Identity, present: Present) -> bool:
    one, two = present[identity], present[other]
    return one.is_object and not two.is_object and (one.classid, one.objid) == (two.classid, two.objid)
