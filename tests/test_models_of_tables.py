"""The tables of an existing database become models, of which `makemigrations` finds no difference."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from cucurbit.database.connect import connect
from cucurbit.errors import CucurbitError
from cucurbit.migrations.fitted import beside, fitted
from tests import estate, existing
from tests.project import ROOT, Project
from tests.servers import Database
from tests.test_cases import for_sqlalchemy

pytest.importorskip("sqlacodegen", reason="what only the extra `adopt` has")

from cucurbit.database.models import Models, generate

LEFT = {
    ("HR", "badges"): "a table of the type",
    ("billing", "ledger_credit"): "a partition of billing.ledger_entries",
    ("billing", "ledger_credit_0"): "a partition of",
    ("billing", "ledger_credit_1"): "a partition of",
    ("billing", "ledger_debit"): "a partition of",
    ("billing", "payments_2023"): "a partition of",
    ("billing", "payments_2024"): "a partition of",
    ("billing", "payments_rest"): "a partition of",
    ("warehouse", "trucks"): "inherits from warehouse.vehicles",
    ("hard", "child"): "inherits from parent",
    ("hard", "default_one"): "a partition of",
    ("hard", "partition_of_it"): "a partition of",
    ("hard", "typed"): "a table of the type",
    ("hard", "serial_elsewhere"): "its column position has a sequence of its own",
    ("hard", "refers_to_dotted"): "a column 'a.b'",
    ("hard", "serial_with_another_sequence"): "neither a model nor an entity makes",
    ("hard", "does_not_inherit"): "NO INHERIT in the database",
    ("public", "parent"): "NO INHERIT in the database",
}


@pytest.fixture
def project(database: Database, tmp_path: Path) -> Project:
    return Project(tmp_path, database.url)


def _moved_in(project: Project, database: Database, models_of: Callable[[Project, Connection], Models]) -> Models:
    """The project gets models, entities and a baseline of its own database, which it has not been told of."""
    with project.at_work() as settings, connect(settings, read_only=True) as connection:
        models = models_of(project, connection)
        entities = beside(models, existing.entities(connection), settings.home)
    project.write(
        {
            "app/models.py": models.source,
            "app/entities/all.sql": ";\n".join(entity.sql.rstrip(";") for entity in entities) + ";\n",
            "migrations/versions/0001_baseline.py": existing.baseline(database, models.tables, entities),
        }
    )
    return models


def test_no_changes_and_then_those_of_the_models(project: Project, database: Database) -> None:
    database.execute(";\n".join(estate.statements()))
    database.execute((ROOT / "tests/tables.sql").read_text())

    def models_of(project: Project, connection: Connection) -> Models:
        with project.at_work() as settings:
            return fitted(settings, connection, existing.tables(database), existing.entities(connection))

    models = _moved_in(project, database, models_of)
    assert models.left.keys() == LEFT.keys()
    assert [table for table, reason in models.left.items() if LEFT[table] not in reason] == []
    assert models.tables == set(existing.tables(database)) - LEFT.keys()
    made = project.make(write=False)
    assert (made.lines, made.residue) == ([], [])

    text = (project.path / "app/models.py").read_text()
    for old, new in _CHANGES.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    loose_ends = text[(start := text.index("t_loose_ends = Table(")) : text.index("\n)\n", start) + 3]
    project.write({"app/models.py": text.replace(loose_ends, "")})
    made = project.make()
    assert sorted(text for _, text in made.lines) == _LINES
    assert (made.residue, made.remarks) == ([], [])


# What is changed in the models, and what a migration does then; beside that, `crm.loose_ends` goes.
_CHANGES = {
    "Numeric(18, 8)": "Numeric(20, 8)",
    "credit)::numeric < ": "credit)::numeric <= ",
    'postgresql_where=text("is_main")': 'postgresql_where=text("is_main and customer_id > 0")',
    "    preferred_product: ": "    city: Mapped[str | None] = mapped_column(Text)\n    preferred_product: ",
    'where=text("(NOT canceled)")': 'where=text("(canceled IS FALSE)")',
    '"jsonb_path_ops"': '"jsonb_ops"',
    'onupdate="CASCADE", ondelete="RESTRICT"': 'ondelete="CASCADE"',
}
_LINES = [
    "Add column city to warehouse.suppliers",
    "Alter column rate on billing.currencies",
    "Create constraint customers_region_id_fkey on crm.customers",
    "Drop table crm.loose_ends",
    "Remove constraint customers_region_id_fkey on crm.customers",
    "Replace constraint Credit is small on crm.customers",
    "Replace constraint no_overlap on warehouse.reservations",
    "Replace index customers_settings on crm.customers",
    "Replace index one_main_contact on crm.contacts",
]


ENTITIES_ON_TABLES = """
create table orders (id integer primary key, total numeric, note text);
create schema shop;
create table shop.lines (id integer primary key, of integer references orders);
create function shop.touch() returns trigger language plpgsql as 'begin new.note := ''x''; return new; end';
create function shop.sum() returns numeric language sql begin atomic select sum(total) from orders; end;
create view shop.open as select o.id, o.total from orders o join shop.lines l on l.of = o.id where o.total > 0;
create materialized view shop.totals as select id, shop.sum() as total from shop.open;
create index totals_id on shop.totals (id);
create index lines_of on shop.lines (of);
create trigger touch before update of note, total on orders for each row execute function shop.touch();
alter table orders enable row level security;
create policy own on orders using (id = 1);
create rule quiet as on delete to shop.lines do instead nothing;
comment on column orders.note is 'not printed';
"""


def test_tables_without_models_are_left_alone_and_entities_on_them_work(project: Project, database: Database) -> None:
    database.execute(ENTITIES_ON_TABLES)
    _moved_in(project, database, lambda project, connection: Models(""))
    assert project.make(write=False).lines == []

    text = (project.path / "app/entities/all.sql").read_text()
    for old, new in {"total > (0)": "total > (9)", " OF note, total": " OF note", "(id = 1)": "(id = 2)"}.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    project.write({"app/entities/all.sql": text})
    made = project.make()
    assert sorted(text for _, text in made.lines) == [
        "Replace policy own on public.orders",
        "Replace trigger touch on public.orders",
        "Replace view shop.open",
    ]
    assert (made.residue, made.remarks) == ([], [])


def test_the_source_is_laid_out_as_ruff_would_do_it(database: Database, tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    database.execute(";\n".join(estate.statements()))
    database.execute((ROOT / "tests/tables.sql").read_text())
    engine = create_engine(for_sqlalchemy(database), connect_args={"options": "-c search_path=public"})
    with engine.connect() as connection:
        models = generate(connection, existing.tables(database))
        without_classes = generate(connection, [("public", "no_key")])
    engine.dispose()
    exec(without_classes.source, {})
    file = tmp_path / "models.py"
    file.write_text(models.source)
    for command in ("check", "--line-length=120"), ("format", "--diff", "--line-length=120"):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", file], check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


def test_without_sqlacodegen_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlacodegen.generators", None)
    monkeypatch.delitem(sys.modules, "cucurbit.database.models")
    with pytest.raises(CucurbitError, match="sqlacodegen, which is not installed") as caught:
        importlib.import_module("cucurbit.database.models")
    assert "pip install 'cucurbit[adopt]'" in str(caught.value.hint)
