"""What every test may ask for: a server, and a database of its own on it.

A test runs on PostgreSQL 18. With the mark ``servers("18", "16", "15")`` it runs once on each of these, with
``servers()`` once on every version the machine has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

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
        metafunc.parametrize("server", mark.args or servers.everywhere(), indirect=True, scope="session")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    """A running server: PostgreSQL 18, or in turn those of the mark ``servers``."""
    name: str = getattr(request, "param", servers.NEWEST)
    try:
        return servers.start(name)
    except servers.NoServerError as missing:
        if name == servers.NEWEST:
            raise
        pytest.skip(str(missing))


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """A fresh and empty database on the server, dropped after the test."""
    with servers.new_database(server) as database:
        yield database
