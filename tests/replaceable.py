"""A project as users of alembic_utils have it, generated: models, objects in modules, and a history of both."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from alembic import command
from alembic.config import Config

from tests.project import Project
from tests.servers import Database

MODELS = """
from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Table, Text, func

metadata = MetaData()
"""
TABLE = """
Table(
    "t{n}",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, server_default="new"),
    Column("at", DateTime(timezone=True), server_default=func.now()),
    Index("t{n}_state", "state"),
)
"""
CREATE_TABLE = """
    op.create_table(
        "t{n}",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="new"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("t{n}_state", "t{n}", ["state"])
"""

VIEWS = """from alembic_utils.pg_materialized_view import PGMaterializedView
from alembic_utils.pg_view import PGView

# What people look at.
"""
VIEW = r'''
view_{n} = PGView(
    schema="public",
    signature="view_{n}",
    definition=r"""
        select id, name || '\:{n}' as label, at::date as day, id % 7 as week
          from t{n} where state in ('new', 'a:b', '10 %')  -- as ever
    """,
)
'''
STORED = """stored_{n} = PGMaterializedView("public", "stored_{n}", "select count(*) from view_{n};", with_data=True)
"""

LOGIC = """from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_policy import PGPolicy
from alembic_utils.pg_trigger import PGTrigger

"""
FUNCTION = r'''touch_{n} = PGFunction(
    schema="public",
    signature="touch_{n}()",
    definition=r"""
    returns trigger language plpgsql as $$
    declare was timestamptz := old.at;
    begin new.at := now(); raise debug 'was: %', was::text; return new; end $$
    """,
)
touches_{n} = PGTrigger(
    schema="public", signature="touches_{n}", on_entity="public.t{n}",
    definition="before update on public.t{n} for each row execute procedure public.touch_{n}()",
)
policy_{n} = PGPolicy("public", "policy_{n}", "for select using (name <> 'x' and id % 2 = 0)", "public.t{n}")

'''
LISTS = """from app.db.logic import *
from app.db.views import {views}
from alembic_utils.pg_grant_table import PGGrantTable

VIEWS = [
    {lines}
]
GRANTS = [
{grants}]
"""
GRANT = '    PGGrantTable("public", "t{n}", "pg_monitor", "{privilege}"{columns}),\n'

REVISION = '''"""{message}"""
from alembic import op
import sqlalchemy as sa
{imports}
from sqlalchemy import text as sql_text

revision = "{name}"
down_revision = {before!r}


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''

ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine({url!r}).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def sources(tables: int) -> dict[str, str]:
    """The modules; every second table has a materialized view, every fifth is granted column by column."""
    every = range(tables)
    some = [n for n in every if n % 2 == 0]
    names = [*(f"view_{n}" for n in every), *(f"stored_{n}" for n in some)]
    grants = [GRANT.format(n=n, privilege="SELECT", columns=", ['id', 'name']") for n in every if n % 5 == 0]
    grants += [GRANT.format(n=n, privilege="UPDATE", columns=", columns=['name']") for n in every if n % 5 == 0]
    grants += [GRANT.format(n=n, privilege="DELETE", columns="") for n in some]
    return {
        "app/models.py": MODELS + "".join(TABLE.format(n=n) for n in every),
        "app/db/__init__.py": "",
        "app/db/views.py": VIEWS
        + "".join(VIEW.format(n=n) for n in every)
        + "\n".join(STORED.format(n=n) for n in some),
        "app/db/logic.py": LOGIC + "".join(FUNCTION.format(n=n) for n in every),
        "app/db/all.py": LISTS.format(views=", ".join(names), lines=",\n    ".join(names), grants="".join(grants)),
    }


def objects(files: dict[str, str]) -> list[Any]:
    """The objects of the modules, in an order that works."""
    from alembic_utils.replaceable_entity import ReplaceableEntity

    modules = [ModuleType(name) for name in ("views", "logic", "grants")]
    lists = files["app/db/all.py"].partition("GRANTS")
    grants = "from alembic_utils.pg_grant_table import PGGrantTable\nGRANTS" + lists[2]
    for module, text in zip(modules, (files["app/db/views.py"], files["app/db/logic.py"], grants), strict=True):
        exec(text, vars(module))
    found = [value for module in modules for value in [*vars(module).values(), *vars(module).get("GRANTS", ())]]
    return [value for value in found if isinstance(value, ReplaceableEntity)]


def write(project: Project, database: Database, tables: int) -> int:
    """Write modules and history, as alembic_utils itself writes it, and run it with Alembic alone: the objects' number.

    What the second revision makes of views is what the server says of them, as it stands in a downgrade.
    """
    files = sources(tables)
    project.write(files)
    found = objects(files)
    made = "".join(
        f"{value.render_self_for_migration()}op.create_entity({value.to_variable_name()})\n" for value in found
    )
    gone = "".join(
        f"{value.render_self_for_migration()}op.drop_entity({value.to_variable_name()})\n" for value in reversed(found)
    )
    imports = "\n".join(sorted({value.render_import_statement().partition("\n")[0] for value in found}))
    drops = "".join(f'    op.drop_table("t{n}")\n' for n in range(tables))
    revisions = [
        ("01", "", "".join(CREATE_TABLE.format(n=n) for n in range(tables)), drops),
        ("02", imports, _indented(made), _indented(gone)),
    ]
    before = None
    for name, lines, upgrade, downgrade in revisions:
        text = REVISION.format(
            message=name, imports=lines, name=name, before=before, upgrade=upgrade, downgrade=downgrade
        )
        project.write({f"migrations/versions/{name}.py": text})
        before = name
    ours = (project.path / "migrations/env.py").read_text()
    url = database.url.replace("postgresql:", "postgresql+psycopg:")
    project.write({"migrations/env.py": ENV.format(url=url)})
    config = Config()
    config.set_main_option("script_location", str(project.path / "migrations").replace("%", "%%"))
    command.upgrade(config, "head")
    project.write({"migrations/env.py": ours})
    return len(found)


def _indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.splitlines()) or "    pass\n"
