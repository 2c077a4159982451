from sqlalchemy import ARRAY, Column, Enum, Index, Integer, MetaData, Table, text


class Base:
    metadata = MetaData()


mood = Enum("happy", "sad", name="mood")
customers = Table(
    "customers",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("mood", mood, nullable=False, server_default="sad"),
    Column("moods", ARRAY(mood), server_default=text("'{sad,happy}'")),
)
Index("customers_mood", customers.c.mood)
