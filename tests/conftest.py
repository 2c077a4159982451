"""What every test may ask for: a server, and a database of its own on it.

A test runs on PostgreSQL 18. With the mark ``servers("18", "14")`` it runs once on each of these, with
``servers()`` once on every version the machine has. With ``TEST_SERVER=14`` in the environment all that name versions
run on that one, and nothing else runs.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import pytest

from tests import servers
from tests.servers import Database, Server


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "servers(*names): run the test on each of these PostgreSQL versions")
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]  # libpq would follow the developer's own settings
    if not hasattr(config, "workerinput"):  # a worker of pytest-xdist uses the servers of the process that began it
        servers.begin_run()
        config.add_cleanup(servers.end_run)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("servers")
    if mark is not None and "server" in metafunc.fixturenames:
        names = servers.chosen(mark.args or servers.everywhere())
        metafunc.parametrize("server", names, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if servers.ONLY:
        about = {item for item in items if "server" in getattr(getattr(item, "callspec", None), "params", ())}
        config.hook.pytest_deselected(items=[item for item in items if item not in about])
        items[:] = [item for item in items if item in about]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Skip a test that asks for something of a server which this one's package does not have."""
    try:
        return (yield)
    except servers.NoServerError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    """A running server: PostgreSQL 18, or in turn those of the mark ``servers``."""
    name: str = getattr(request, "param", servers.NEWEST)
    try:
        return servers.start(name)
    except servers.NoServerError as missing:
        if name in (servers.NEWEST, servers.ONLY):
            raise
        pytest.skip(str(missing))


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """A fresh and empty database on the server, dropped after the test."""
    with servers.new_database(server) as database:
        yield database
