import sqlalchemy as sa


class Base:
    metadata = sa.MetaData()


sa.Table(
    "readings",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("value", sa.Integer),
)
