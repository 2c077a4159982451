"""A real PgBouncer for the tests, in transaction mode, before one of their servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests import servers
from tests.servers import Server

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

_CONFIGURATION = """
[databases]
* = host={server} port=5432

[pgbouncer]
listen_addr =
unix_socket_dir = {directory}
listen_port = 6432
auth_type = trust
auth_file = {directory}/users
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 100
logfile = {directory}/log
pidfile = {directory}/pid
"""


@contextmanager
def pooler(server: Server, *roles: str, size: int = 4) -> Iterator[str]:
    """The folder of the socket of a pooler with `size` sessions of the server for each database and role.

    Roles other than the superuser are to be named.
    """
    account = servers.account()
    with tempfile.TemporaryDirectory(prefix="pooler-", dir=server.directory.parent) as name:
        directory = Path(name)
        (directory / "ini").write_text(_CONFIGURATION.format(server=server.directory, directory=directory, size=size))
        (directory / "users").write_text("".join(f'"{role}" ""\n' for role in ("postgres", *roles)))
        for path in (directory, *directory.iterdir()):
            if account is not None:
                os.chown(path, account.pw_uid, account.pw_gid)
        process = subprocess.Popen(
            [str(PROGRAM), "--quiet", str(directory / "ini")],
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(url(name, "postgres"), process)
            yield name
        finally:
            process.terminate()
            process.wait(timeout=30)


def url(directory: str, database: str, role: str = "postgres") -> str:
    """The URL of a database through the pooler with this folder."""
    return f"postgresql://{role}@:6432/{quote(database, safe='')}?host={directory}"


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
