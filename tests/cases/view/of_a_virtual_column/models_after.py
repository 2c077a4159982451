from sqlalchemy import Column, Computed, Integer, MetaData, Numeric, Table


class Base:
    metadata = MetaData()


sold = Table(
    "sold",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("price", Numeric(12, 2), nullable=False),
    Column("doubled", Numeric, Computed("price * 2", persisted=False)),
    Column("more", Numeric, Computed("price + id", persisted=False), nullable=False),
    Column("tripled", Numeric, Computed("price * 3", persisted=True), nullable=False),
)
