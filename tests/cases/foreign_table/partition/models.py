"""A partitioned table, and one to inherit from."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """One metadata for all."""


days = sa.Table(
    "days",
    Base.metadata,
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("note", sa.Text, server_default="new"),
    postgresql_partition_by="RANGE (day)",  # and nothing unique, which no foreign table can hold
)


class Note(Base):
    """`public.notes`"""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    note: Mapped[str | None] = mapped_column(sa.Text)
