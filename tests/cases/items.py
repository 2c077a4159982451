"""One small table, for the cases that say `models = "items.py"`."""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """One metadata for all."""


class Item(Base):
    """`public.items`"""

    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(sa.String(40))
    amount: Mapped[int | None] = mapped_column(sa.Integer)
    day: Mapped[datetime.date | None]
