"""What is set aside while a revision runs comes back as it was, or the revision fails: nothing changes in silence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cucurbit.errors import MigrationError
from tests.observer import dump
from tests.project import Heard, Project
from tests.servers import Database
from tests.shell import role, untouched

MODELS = """
from sqlalchemy import BigInteger, Integer
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total = mapped_column(Integer)
    more = mapped_column(JSONB)
"""

BIG = "create view big as select id, total from orders where total > 10;\n"
TOTALS = "create materialized view totals as select id, total from orders;\n"

# This fits JSON and JSONB as it is written, but not as the catalog prints it for one of them: `'{}'::jsonb`.
NOTES = "create view notes as select id, coalesce(more, '{}') as more from orders;\n"
TO_JSON = """
    with op.set_aside("orders", columns=["more"]):
        op.alter_column("orders", "more", type_=sa.JSON())
"""


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """A table, a view and a materialized view on it, applied."""
    return applied(Project(tmp_path, database.url), {"big": BIG, "totals": TOTALS})


def applied(project: Project, entities: Mapping[str, str]) -> Project:
    """The project with these entities on its table, applied."""
    project.write({"app/models.py": MODELS})
    change(project, entities)
    project.migrate()
    return project


def change(project: Project, entities: Mapping[str, str | None]) -> None:
    """Declare these entities, or with None no longer, and make the migration."""
    project.write({f"app/entities/{name}.sql": text for name, text in entities.items()})
    project.make()


def retype(project: Project, before: str, after: str) -> None:
    """Give the column of a type another one, and make the migration."""
    project.write({"app/models.py": MODELS.replace(f"mapped_column({before})", f"mapped_column({after})")})
    project.make()


def by_hand(project: Project, upgrade: str) -> None:
    """A revision that no proof has seen."""
    (path,) = project.make(empty=True).paths
    text = path.read_text()
    assert "    pass\n" in text
    path.write_text(text.replace("    pass\n", upgrade, 1))


def fails(project: Project, database: Database, *named: str) -> None:
    """`migrate` fails, says these names, and leaves the database as it was."""
    with untouched(project, database), pytest.raises(MigrationError) as caught:
        project.migrate()
    for name in named:
        assert name in str(caught.value)


def definition(database: Database, view: str) -> str:
    return str(database.execute("select pg_get_viewdef(%s::regclass)", view)[0][0])


# -- what somebody changed by hand -----------------------------------------------------------------------------------


def test_a_view_changed_by_hand_survives_where_it_fits(project: Project, database: Database) -> None:
    database.execute("create or replace view big as select id, total from orders where total > 99")
    retype(project, "Integer", "BigInteger")
    project.migrate()
    assert "> 99" in definition(database, "big")


def test_a_view_changed_by_hand_is_not_put_back_as_the_ledger_has_it(tmp_path: Path, database: Database) -> None:
    """Where the hand-made text does not fit the column any more, and the ledger's does."""
    project = applied(Project(tmp_path, database.url), {"notes": NOTES})
    database.execute(NOTES.replace("create", "create or replace").replace("orders", "orders where id > 99"))
    by_hand(project, TO_JSON)
    fails(project, database, "view public.notes")
    database.execute(NOTES.replace("create", "create or replace"))
    project.migrate()
    assert "'{}'::json)" in definition(database, "notes")
    assert set(project.states().values()) == {"applied"}


def test_a_view_that_fits_as_it_was_written_goes_there_and_back(tmp_path: Path, database: Database) -> None:
    """Neither of the catalog's two texts fits the other type."""
    project = applied(Project(tmp_path, database.url), {"notes": NOTES})
    before = definition(database, "notes")
    retype(project, "JSONB", "JSON")
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    project.migrate("-1")
    assert definition(database, "notes") == before


def test_the_declaration_of_a_view_that_was_dropped_by_hand_can_be_removed(
    project: Project, database: Database
) -> None:
    database.execute("drop view big; drop materialized view totals")
    change(project, {"big": None, "totals": None})
    project.migrate()
    assert project.states() == {}


# -- what hangs on a view ----------------------------------------------------------------------------------------------

HANGING = """
create rule kept as on insert to big do instead nothing;
comment on rule kept on big is 'not written to';
create statistics figures on id, total from totals;
alter statistics figures set statistics 7;
comment on statistics figures is 'both';
"""


def test_rules_and_statistics_come_back_with_their_view(project: Project, database: Database) -> None:
    """Both where the table below changes, and where the view itself is made anew."""
    database.execute(HANGING)
    before = hanging(database)
    retype(project, "Integer", "BigInteger")
    project.migrate()
    assert hanging(database) == before
    change(
        project,
        {
            "big": "create view big as select total from orders;\n",
            "totals": "create materialized view totals as select id, total from orders where id > 1;\n",
        },
    )
    project.migrate()
    assert hanging(database) == before


def test_statistics_on_a_column_that_goes_fail_the_revision(project: Project, database: Database) -> None:
    database.execute(HANGING)
    change(project, {"totals": "create materialized view totals as select total from orders;\n"})
    fails(project, database, "statistics public.figures")


def hanging(database: Database) -> list[str]:
    """What pg_dump says of the rule and the statistics."""
    return [part for part in dump(database).split("\n\n") if " kept " in part or "figures" in part]


# -- owner, rights, comments -----------------------------------------------------------------------------------------

RIGHTS = """
select grantee, privilege_type, is_grantable, null as attname
  from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) where c.oid = %s::regclass
 union all
select grantee, privilege_type, is_grantable, attname
  from pg_attribute c, aclexplode(c.attacl) where c.attrelid = %s::regclass
 order by 1, 2, 4
"""
SAYINGS = """
select relowner::regrole::text, obj_description(oid), col_description(oid, 1), col_description(oid, 2)
  from pg_class where oid = %s::regclass
"""
MAY_RUN = "select has_function_privilege(%s, 'stamp()', 'execute')"


def marks(database: Database, view: str) -> list[Any]:
    """Everything that a view has beside its definition."""
    return [database.execute(RIGHTS, view, view), database.execute(SAYINGS, view)]


def test_owner_rights_and_comments_survive_and_no_right_is_added(tmp_path: Path, database: Database) -> None:
    """Not even those that ALTER DEFAULT PRIVILEGES gives to what is made from then on."""
    project = Project(tmp_path, database.url)
    with role(database) as reader, role(database) as owner:
        database.execute(
            f"alter default privileges grant select, update on tables to {reader};"
            "alter default privileges revoke execute on functions from public;"
            f"alter default privileges grant execute on functions to {reader}"
        )
        stamp = "create function stamp() returns integer language sql as 'select 1';\n"
        applied(project, {"big": BIG, "totals": TOTALS, "bare": BIG.replace("big", "bare"), "stamp": stamp})
        database.execute(
            f"""
            revoke all on big, bare, totals from {reader};
            revoke all on function stamp() from {reader};
            alter view big owner to {owner};
            grant select on big to public;
            grant delete on big to {reader} with grant option;
            grant select (id), update (total) on big to {reader};
            grant select (total) on totals to {owner};
            comment on view big is 'it''s 100% :big';
            comment on column big.total is 'in cents';
            comment on materialized view totals is 'of today';
            """
        )
        before = {view: marks(database, view) for view in ("big", "totals", "bare")}

        def same() -> bool:
            return {view: marks(database, view) for view in before} == before

        retype(project, "Integer", "BigInteger")
        project.migrate()
        assert same()
        # The views themselves are made anew: a column of another type, with the marks of both columns.
        change(
            project,
            {
                "big": BIG.replace("id, total from", "id, total::text as total from"),
                "bare": BIG.replace("big", "bare").replace("id, total from", "id, total::text as total from"),
                "totals": TOTALS.replace("id, total from", "id, total::text as total from"),
                "stamp": stamp.replace("integer", "bigint"),
            },
        )
        project.migrate()
        assert same()
        assert database.execute(MAY_RUN, reader) == [(False,)]
        project.migrate("-1")
        assert same()
        assert database.execute(MAY_RUN, reader) == [(False,)]


# -- what is nobody's ------------------------------------------------------------------------------------------------


def test_an_unmanaged_view_is_put_back_and_reported(project: Project, database: Database) -> None:
    with role(database) as reader:
        database.execute(
            f"""
            create view theirs as select max(total) as most from big;
            grant select (most) on theirs to {reader};
            comment on view theirs is 'somebody''s';
            """
        )
        before = marks(database, "theirs"), definition(database, "theirs")
        retype(project, "Integer", "BigInteger")
        heard = Heard()
        project.migrate(reporter=heard)
        assert (marks(database, "theirs"), definition(database, "theirs")) == before
    assert "view public.theirs" in heard.aside
    assert database.execute("select pg_typeof(most)::text from theirs right join (select) n on true") == [("bigint",)]


# -- overloads -------------------------------------------------------------------------------------------------------

WORTH = "create function worth(n {type}) returns integer language sql immutable as 'select 1';\n"
READS = """
select d.refobjid::regprocedure::text from pg_depend d join pg_rewrite r on r.oid = d.objid
 where r.ev_class = %s::regclass and d.refclassid = 'pg_proc'::regclass
"""


def test_a_view_is_not_bound_to_an_overload_of_what_it_called(tmp_path: Path, database: Database) -> None:
    """That was there before: it may do something else."""
    project = Project(tmp_path, database.url)
    applied(project, {"worth": WORTH.format(type="integer"), "other": WORTH.format(type="numeric")})
    database.execute("create view theirs as select worth(id) from orders")
    change(project, {"worth": None})
    fails(project, database, "theirs", "worth(numeric)")
    assert database.execute(READS, "theirs") == [("worth(integer)",)]


def test_an_unmanaged_view_is_bound_to_what_the_revision_makes(tmp_path: Path, database: Database) -> None:
    """Of the function that it called."""
    project = applied(Project(tmp_path, database.url), {"worth": WORTH.format(type="integer")})
    database.execute("create view theirs as select worth(id) from orders")
    change(project, {"worth": WORTH.format(type="bigint")})
    project.migrate()
    assert database.execute(READS, "theirs") == [("worth(bigint)",)]


def test_a_view_of_ours_is_bound_to_what_the_revision_makes(tmp_path: Path, database: Database) -> None:
    """And back again: the catalog's own text has a cast to bigint by then."""
    project = Project(tmp_path, database.url)
    ours = "create view ours as select worth(id) from orders;\n"
    applied(project, {"worth": WORTH.format(type="integer"), "ours": ours})
    change(project, {"worth": WORTH.format(type="bigint")})
    project.migrate()
    assert database.execute(READS, "ours") == [("worth(bigint)",)]
    project.migrate("-1")
    assert database.execute(READS, "ours") == [("worth(integer)",)]


# -- what waits ------------------------------------------------------------------------------------------------------


def test_a_new_view_on_a_view_that_waits(tmp_path: Path, database: Database) -> None:
    """It waits as well: what it reads is only put back when what that reads has changed."""
    project = Project(tmp_path, database.url)
    z = "create view z as select id, coalesce(more, '{{}}'::{}) as more from orders;\n"
    applied(project, {"z": z.format("jsonb"), "y": "create view y as select more from z;\n"})
    project.write({"app/entities/z.sql": z.format("json"), "app/entities/a.sql": "create view a as table y;\n"})
    retype(project, "JSONB", "JSON")
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert database.execute("select more from a") == []
    project.migrate("-1")
    assert database.execute("select to_regclass('a')") == [(None,)]
    project.migrate()
    assert set(project.states().values()) == {"applied"}


ITEM = """
class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


@pytest.mark.parametrize("query", ["TABLE orders", "select total from orders natural join items"])
def test_a_view_of_whatever_columns_there_were_gets_no_more(tmp_path: Path, database: Database, query: str) -> None:
    """By its own words it would, of those that were added since."""
    project = Project(tmp_path, database.url)
    models = MODELS + ITEM
    project.write({"app/models.py": models, "app/entities/all.sql": f"create view everything as {query}"})
    project.make()
    models = models.replace("    more = ", "    more2 = mapped_column(Integer)\n    more = ")
    models += "    more2 = mapped_column(Integer)\n"
    project.write({"app/models.py": models})
    project.make()
    project.migrate()
    before = dump(database)
    project.write(
        {"app/models.py": models.replace("total = mapped_column(Integer", "total = mapped_column(BigInteger")}
    )
    project.make()
    project.migrate()
    assert dump(database) == before.replace("total integer", "total bigint")
    project.migrate("-1")
    assert dump(database) == before
    project.migrate("zero")


# -- revisions that somebody wrote ----------------------------------------------------------------------------

OUTSIDE = """
    with op.get_context().autocommit_block():
        with op.set_aside("orders", columns=["total"]):
            op.alter_column("orders", "total", type_=sa.BigInteger())
"""
CAUGHT = """
    try:
        with op.set_aside("orders", columns=["total"]):
            raise ValueError("of this revision")
    except ValueError:
        pass
"""


@pytest.mark.parametrize(("upgrade", "said"), [(OUTSIDE, "outside a transaction"), (CAUGHT, "left a block")])
def test_nothing_stays_cut(project: Project, database: Database, upgrade: str, said: str) -> None:
    by_hand(project, upgrade)
    before = dump(database)
    with pytest.raises(MigrationError, match=said):
        project.migrate()
    assert dump(database) == before


def test_bodies_that_are_text_are_named_where_they_mention_what_is_gone(project: Project, database: Database) -> None:
    database.execute(
        """
        create function of_more() returns text language plpgsql as
          'begin return (select max(more::text) from orders); end';
        create function of_total() returns bigint language sql as 'select max(total) from orders';
        create function of_nothing() returns integer language sql as 'select 1 -- orders';
        """
    )
    project.write({"app/models.py": MODELS.replace("    more = mapped_column(JSONB)\n", "")})
    project.make()
    heard = Heard()
    project.migrate(reporter=heard)
    assert heard.doubted == ["public.of_more()"]
