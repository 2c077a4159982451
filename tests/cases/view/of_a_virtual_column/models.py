from sqlalchemy import Column, Computed, Integer, MetaData, Numeric, Table


class Base:
    metadata = MetaData()


sold = Table(
    "sold",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("price", Numeric(10, 2), nullable=False),
    Column("doubled", Numeric, Computed("price * 2", persisted=False)),
    Column("tripled", Numeric, Computed("price * 3", persisted=True), nullable=False),
)
