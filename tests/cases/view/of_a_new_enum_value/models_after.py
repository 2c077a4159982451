from sqlalchemy import Column, Enum, Integer, MetaData, Table


class Base:
    metadata = MetaData()


mood = Enum("sad", "ok", "happy", name="mood")
Table("t", Base.metadata, Column("id", Integer, primary_key=True), Column("mood", mood, server_default="ok"))
