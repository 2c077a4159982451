from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Gone(Base):
    __tablename__ = "gone"

    id: Mapped[int] = mapped_column(primary_key=True)
