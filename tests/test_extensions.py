"""Beside other people's objects: PostGIS and pg_partman, with objects of our own that use theirs.

Nothing of an extension is touched, listed as ours or warned about.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cucurbit.actions import show
from tests import observer
from tests.project import Project
from tests.servers import Database

MODELS = '''
from sqlalchemy import Column, Date, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import UserDefinedType


class Geometry(UserDefinedType):
    """A point of PostGIS."""

    cache_ok = True

    def get_col_spec(self, **_):
        return "geometry(Point,4326)"


metadata = MetaData()
Table(
    "places",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text),
    Column("place", Geometry),
    Index("places_place", "place", postgresql_using="gist"),
)
Table(
    "visits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, primary_key=True),
    postgresql_partition_by="range (day)",
)
'''

ENTITIES = """
create extension postgis;
create schema partman;
create extension pg_partman schema partman;
create domain point_of_ours as geometry(Point, 4326) check (st_isvalid(value));
create type stop as (at geometry, called text);
create function near(a geometry, b geometry) returns boolean language sql immutable return st_dwithin(a, b, 10);
create operator <~> (leftarg = geometry, rightarg = geometry, function = near);
create view far_places as select id, st_astext(place) as place from places where not place <~> st_makepoint(0, 0);
create view boxes as select id from places where place && st_makeenvelope(0, 0, 1, 1, 4326);
create materialized view areas as select id, st_buffer(place, {radius}) as area from places;
create index areas_area on areas using gist (area);
create aggregate joined(geometry) (sfunc = st_union, stype = geometry);
create function settings() returns setof partman.part_config language sql stable as 'select * from partman.part_config';
create view parents as select parent_table from partman.part_config;
"""

# What a user of pg_partman does once, by hand; it makes tables that belong to no extension.
SET_UP = "select partman.create_parent('public.visits', 'day', 'native', 'daily')"


@pytest.mark.servers("15")
def test_nothing_of_an_extension_is_touched_listed_or_warned_about(database: Database, tmp_path: Path) -> None:
    if len(database.execute("select 1 from pg_available_extensions where name in ('postgis', 'pg_partman')")) < 2:
        pytest.skip("PostgreSQL 15 here has no PostGIS, or no pg_partman")
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": MODELS, "app/entities/all.sql": ENTITIES.replace("{radius}", "1")})
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert project.make().lines == []

    database.execute(SET_UP)
    declared = set(project.states())
    assert set(project.states(everything=True)) == declared
    with project.at_work() as settings:
        assert show.show(settings, everything=True).unhandled == []
    assert project.make().lines == []
    members = observer.dump(database)

    project.write({"app/entities/all.sql": ENTITIES.replace("{radius}", "2").replace("10)", "20)")})
    assert sorted(project.make().lines) == [
        ("~", "Replace function public.near(public.geometry, public.geometry)"),
        ("~", "Replace materialized view public.areas"),
    ]
    project.migrate()
    project.migrate("-1")
    assert observer.difference(members, observer.dump(database)) == ""
