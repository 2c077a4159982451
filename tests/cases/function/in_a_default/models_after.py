from sqlalchemy import CheckConstraint, Column, Index, Integer, MetaData, Table, text


class Base:
    metadata = MetaData()


numbers = Table(
    "numbers",
    Base.metadata,
    Column("n", Integer, CheckConstraint("is_even(n)", name="even"), server_default=text("next_number()")),
)
Index("numbers_half", text("half(n)"), _table=numbers)
