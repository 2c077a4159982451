from sqlalchemy import Column, Integer, MetaData, Sequence, Table


class Base:
    metadata = MetaData()


ticket = Sequence("ticket", metadata=Base.metadata)
customers = Table("customers", Base.metadata, Column("id", Integer, ticket, server_default=ticket.next_value()))
