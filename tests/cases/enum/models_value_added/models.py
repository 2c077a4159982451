from sqlalchemy import Column, Enum, Integer, MetaData, Table


class Base:
    metadata = MetaData()


Table(
    "customers",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("mood", Enum("sad", "happy", name="mood")),
)
