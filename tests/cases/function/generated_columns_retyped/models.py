import sqlalchemy as sa


class Base:
    metadata = sa.MetaData()


sa.Table(
    "readings",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("value", sa.Integer),
    sa.Column("double", sa.BigInteger, sa.Computed("value * 2", persisted=True)),
    sa.Column("half", sa.BigInteger, sa.Computed("value / 2", persisted=False)),
    sa.Column("last", sa.Text),
)
