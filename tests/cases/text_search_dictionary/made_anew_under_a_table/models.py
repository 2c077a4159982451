from typing import Any

from sqlalchemy import Computed, Index, Text, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """One metadata for all."""


class Note(Base):
    """`public.notes`"""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    words: Mapped[Any] = mapped_column(TSVECTOR, Computed("to_tsvector('public.words', body)", persisted=True))

    __table_args__ = (
        Index("notes_body", func.to_tsvector(text("'words'"), body), postgresql_using="gin"),
        Index("notes_words", words, postgresql_using="gin"),
    )
