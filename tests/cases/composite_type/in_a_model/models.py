from typing import Any

from sqlalchemy import Column, Integer, MetaData, Numeric, Table, text
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import UserDefinedType


class Base:
    metadata = MetaData()


class Named(UserDefinedType[Any]):
    """A type of the server that SQLAlchemy does not know."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **kw: Any) -> str:
        return self.name


customers = Table(
    "customers",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("size", Named("size")),
    Column("price", DOMAIN("price", Numeric(10, 2)), nullable=False, server_default=text("3")),
    Column("span", Named("span"), index=True),
    Column("many", Named("spans")),
)
