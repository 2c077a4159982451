from sqlalchemy import ARRAY, Column, Enum, Integer, MetaData, Table


class Base:
    metadata = MetaData()


mood = Enum("sad", "it's ok", name="mood")
customers = Table(
    "customers",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("mood", mood, nullable=False, server_default="sad"),
    Column("moods", ARRAY(mood)),
)
