from sqlalchemy import Column, ForeignKey, Integer, MetaData, Numeric, String, Table


class Base:
    metadata = MetaData()


customers = Table("customers", Base.metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))
orders = Table(
    "orders",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("total", Numeric(10, 2)),
)
