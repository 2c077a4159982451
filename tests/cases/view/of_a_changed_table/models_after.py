from sqlalchemy import Column, ForeignKey, Integer, MetaData, Numeric, Table, Text


class Base:
    metadata = MetaData()


customers = Table("customers", Base.metadata, Column("id", Integer, primary_key=True), Column("nick", Text))
orders = Table(
    "orders",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("total", Numeric(12, 2)),
    Column("note", Text),
)
