from sqlalchemy import Column, Integer, MetaData, Table, text


class Base:
    metadata = MetaData()


customers = Table(
    "customers", Base.metadata, Column("id", Integer, primary_key=True, server_default=text("nextval('ticket')"))
)
