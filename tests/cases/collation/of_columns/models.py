from sqlalchemy import CheckConstraint, Computed, Index, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """One metadata for all."""


class Person(Base):
    """`public.people`"""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text(collation="plain"), unique=True)
    nick: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Computed("length(name)", persisted=True))

    __table_args__ = (
        CheckConstraint("name < 'z'", name="before_z"),
        Index("people_name", name, nick),
    )
