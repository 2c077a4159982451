"""The tables of every case that brings no `models.py` of its own."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, DateTime, ForeignKey, Numeric, String, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """One metadata for all."""


class Customer(Base):
    """`public.customers`"""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(Text)
    joined: Mapped[datetime.date]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class Order(Base):
    """`public.orders`"""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    status: Mapped[str] = mapped_column(String(20), server_default="open")
    total: Mapped[decimal.Decimal] = mapped_column(Numeric(10, 2))
    discount: Mapped[float | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Line(Base):
    """`public."Order Lines"`: names that need quotes, one of them with a blank and one outside ASCII."""

    __tablename__ = "Order Lines"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column("order", ForeignKey("orders.id"))
    size: Mapped[int | None] = mapped_column("Größe")
