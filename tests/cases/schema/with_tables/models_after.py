from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table


class Base:
    metadata = MetaData(schema="shop")


orders = Table("orders", Base.metadata, Column("id", Integer, primary_key=True))
lines = Table("lines", Base.metadata, Column("order_id", ForeignKey("shop.orders.id")))
