from sqlalchemy import Column, Integer, MetaData, Table, Text


class Base:
    metadata = MetaData(schema="shop")


Table("notes", Base.metadata, Column("id", Integer, primary_key=True), Column("text", Text))
