"""Renames: what stays of the renamed and of all that knows it, and how the question is put and answered."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cucurbit.actions.make import Made
from cucurbit.errors import PlanError, UnansweredError
from cucurbit.planning.rename import Answers
from tests import observer
from tests.project import Project
from tests.servers import Database, new_database
from tests.shell import run, untouched

MODELS = """
from decimal import Decimal
from sqlalchemy import CheckConstraint, ForeignKey, MetaData, Numeric, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    metadata = MetaData()

class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    total: Mapped[Decimal] = mapped_column(Numeric(10, 2), CheckConstraint("total >= 0"), index=True)
    code: Mapped[str | None] = mapped_column(String(10), unique=True)

class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
"""

ENTITIES = """
create view open_orders as select id, total as amount from orders where total > 0;
create view big_orders as select id from open_orders where amount > 100;
create materialized view sales as select customer_id, sum(total) as sum from orders group by customer_id;
create unique index sales_customer on sales (customer_id);
create function touch() returns trigger language plpgsql as $$begin return new; end$$;
create trigger touch before update of total on orders for each row execute function touch();
create constraint trigger late after insert on orders for each row execute function touch();
alter table orders enable row level security;
create policy own on orders using (total < 1000);
create function order_sum() returns numeric begin atomic select sum(total) from orders; end;
create function order_max() returns numeric language sql as 'select max(total) from orders';
"""

GIVEN = """
insert into customers values (1);
insert into orders values (1, 1, 5, 'a'), (2, 1, 500, 'b');
refresh materialized view sales;
grant select on orders, open_orders, sales to public;
grant select (total) on orders to public;
grant execute on function order_sum() to public;
comment on column orders.total is 'all of it';
comment on view open_orders is 'those that count';
create view reporting as select o.*, b.id as big from open_orders o left join big_orders b using (id);
"""


def answer(*renamed: str, no: tuple[str, ...] = ()) -> Answers:
    return Answers(renamed, no)


def replaced(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new)
    return text


def oids(database: Database) -> dict[str, int]:
    """What an object has its OID by, whatever it is called: all that a user has made, but for the bookkeeping."""
    sql = """
        select c.oid::int8 from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm')
        union all select oid::int8 from pg_proc where pronamespace = 'public'::regnamespace
        union all select oid::int8 from pg_trigger where not tgisinternal
        union all select oid::int8 from pg_policy
        union all select indexrelid::int8 from pg_index where indrelid >= 16384
        union all select oid::int8 from pg_constraint where conrelid >= 16384
    """
    return {str(oid): oid for (oid,) in database.execute(sql)}


def shop(path: Path, database: Database) -> Project:
    """A project with tables and entities that know each other, applied, with rows, grants, comments and a stranger."""
    made = Project(path, database.url)
    made.write({"app/models.py": MODELS, "app/entities/all.sql": ENTITIES})
    made.make()
    made.migrate()
    database.execute(GIVEN)
    return made


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    return shop(tmp_path / "shop", database)


def fresh(project: Project, path: Path, database: Database) -> str:
    """The schema that the project's declarations give where nothing has ever been renamed."""
    with new_database(database.server) as other:
        again = Project(path, other.url)
        for name in ("app/models.py", "app/entities/all.sql"):
            again.write({name: (project.path / name).read_text()})
        again.make()
        again.migrate()
        return observer.dump(other, ["cucurbit_ledger"])


def holds(project: Project, database: Database, path: Path, answers: Answers, *, kept: bool = True) -> Made:
    """The laws of a rename: OIDs stay, planning again finds nothing, down is back, up is what a fresh create is."""
    before, there = observer.dump(database, ["cucurbit_ledger"]), oids(database)
    made = project.make(answers=answers)
    project.migrate()
    if kept:
        assert there.items() <= oids(database).items()
    assert project.make(answers=Answers()).lines == []
    assert set(project.states().values()) == {"applied"}
    after = observer.dump(database, ["cucurbit_ledger"])
    project.migrate("-1")
    assert observer.difference(before, observer.dump(database, ["cucurbit_ledger"])) == ""
    project.migrate()
    assert observer.difference(after, observer.dump(database, ["cucurbit_ledger"])) == ""
    database.execute("drop view reporting; revoke all on all tables in schema public from public;"
                     "revoke all (total) on orders from public" if "orders" in before else "select 1") if 0 else None
    return made


TABLES = {
    "table": ({"orders": "purchases"}, ["orders:purchases"]),
    "column": ({"total": "worth"}, ["orders.total:worth"]),
}


@pytest.mark.parametrize("case", TABLES)
def test_what_knows_a_renamed_table_goes_along(project: Project, database: Database, tmp_path: Path, case: str) -> None:
    words, options = TABLES[case]
    names = {"open_orders": "open_x", "big_orders": "big_x"}  # what is called after it stays as it is
    entities = replaced(replaced(ENTITIES, names), words)
    project.write(
        {
            "app/models.py": replaced(MODELS, words),
            "app/entities/all.sql": replaced(entities, {new: old for old, new in names.items()}),
        }
    )
    made = holds(project, database, tmp_path, answer(*options))
    print(*made.lines, made.source, made.findings, sep="\n")
    table, column = ("purchases", "total") if case == "table" else ("orders", "worth")
    assert database.execute(f"select id, {column} from {table} order by id") == [(1, 5), (2, 500)]
    assert database.execute("select count(*) from sales, reporting") == [(2,)]
    dumped = observer.dump(database, ["cucurbit_ledger"])
    again = fresh(project, tmp_path / "fresh", database)
    print(observer.difference(again, dumped))
