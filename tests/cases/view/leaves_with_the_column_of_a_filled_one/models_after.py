"""A table with a column that only the filled view reads."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """One metadata for all."""


class Item(Base):
    """`public.items`"""

    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    weight: Mapped[int | None]
