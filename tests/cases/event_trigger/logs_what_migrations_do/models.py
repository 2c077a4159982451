from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """One metadata for all."""


class Entry(Base):
    """`public.ddl_log`"""

    __tablename__ = "ddl_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str]
    object: Mapped[str | None]
