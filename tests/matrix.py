"""The matrix: what a release holds on, each row a pytest run of its own, with a table at the end.

    python -m tests.matrix                              everything that is here
    python -m tests.matrix servers pythons dependencies  some of it
    python -m tests.matrix servers 14 17                one part of it, and only these

A row of `servers` is every test that names the versions of PostgreSQL it runs on. A row of `pythons` and of
`dependencies` (`lowest` is what pyproject.toml promises, `newest` what the package index has) is a virtual environment
in `.matrix/` and the tests of SMOKE. What is not here is a row as well: it says so. The exit code is 1 if a row failed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import servers

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".matrix"

SERVERS = ("18", "17", "16", "15", "14")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DEPENDENCIES = ("lowest", "newest")

# What uses every dependency, and every file of the framework: commands, files read and written, a server in between.
SMOKE = ("round_trip", "autogenerate", "commands", "kinds", "names", "startup", "sql_script", "embedded", "types")

_SUMMARY = re.compile(r"^(?:=+ )?((?:\d+ \w+(?:, )?)+) in [\d.:]+s?.*$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One run: what it was about, its counts, how long it took in seconds, and whether nothing failed."""

    name: str
    result: str
    seconds: float = 0
    is_good: bool = True


def main(arguments: Sequence[str]) -> int:
    """Run the parts that are named, or all."""
    chosen = [part for part in _PARTS if part in arguments] or list(_PARTS)
    only = [argument for argument in arguments if argument not in _PARTS]
    rows = []
    for part in chosen:
        run, names = _PARTS[part]
        for name in only or names:
            print(f"\n== {part} {name}", flush=True)
            rows.append(run(name))
    print()
    print("\n".join(_table(rows)))
    return int(not all(row.is_good for row in rows))


def _server(name: str) -> Row:
    title = f"PostgreSQL {name}"
    try:
        servers.binaries(name)
    except servers.NoServerError as missing:
        return Row(title, f"skipped: {missing}")
    return _tested(title, Path(sys.executable), [], {"TEST_SERVER": name})


def _python(version: str) -> Row:
    title = f"Python {version}"
    found = next(_interpreters(version), None)
    if found is None:
        return Row(title, "skipped: it is not installed")
    return _in_environment(title, found, f"python-{version}", [])


def _dependencies(which: str) -> Row:
    options = ["--upgrade"] if which == "newest" else [f"--constraint={_lowest()}"]
    return _in_environment(f"{which} dependencies", Path(sys.executable), which, options)


_PARTS: Mapping[str, tuple[Callable[[str], Row], Sequence[str]]] = {
    "servers": (_server, SERVERS),
    "pythons": (_python, PYTHONS),
    "dependencies": (_dependencies, DEPENDENCIES),
}


def _interpreters(version: str) -> Iterator[Path]:
    """Those of a version that run: pyenv puts a program of each name on the path, whether it is chosen or not."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    named = shutil.which(f"python{version}")
    for path in (*([Path(named)] if named else []), *pyenv.glob(f"versions/{version}.*/bin/python{version}")):
        if subprocess.run([path, "-c", "import venv, ensurepip"], check=False, capture_output=True).returncode == 0:
            yield path


def _lowest() -> Path:
    """A file of constraints: of each dependency the lowest version that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    bounds = [text for text in (*project["dependencies"], *extras["embedded"], *extras["test"]) if ">=" in text]
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "lowest.txt"
    # A constraint takes no extras: psycopg[binary]>=3.2 is two packages of one version.
    lines = [re.sub(r"\[.*\]", "", text).replace(">=", "==") for text in bounds]
    lines += [line.replace("psycopg==", "psycopg-binary==") for line in lines if line.startswith("psycopg==")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _in_environment(title: str, python: Path, folder: str, options: Sequence[str]) -> Row:
    path = FOLDER / folder
    shutil.rmtree(path, ignore_errors=True)
    own = path / "bin/python"
    pip = [str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in ([str(python), "-m", "venv", str(path)], [*pip, *options, "--editable", ".[embedded,test]"]):
        done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, encoding="utf-8")
        if done.returncode != 0:
            print(done.stderr)
            return Row(title, "cannot be installed", is_good=False)
    return _tested(title, own, [f"tests/test_{name}.py" for name in SMOKE], {})


def _tested(title: str, python: Path, files: Sequence[str], environment: Mapping[str, str]) -> Row:
    began = time.monotonic()
    command = [str(python), "-m", "pytest", "-n", "2", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert done.stdout is not None
    said = ""
    for line in done.stdout:
        print(line, end="", flush=True)
        said += line
    summary = _SUMMARY.findall(said)
    return Row(title, summary[-1] if summary else "nothing ran", time.monotonic() - began, done.wait() == 0)


def _table(rows: Sequence[Row]) -> Iterator[str]:
    width = max(len(row.name) for row in rows)
    for row in rows:
        took = f"{row.seconds // 60:.0f} min {row.seconds % 60:2.0f} s" if row.seconds else ""
        yield f"{'ok  ' if row.is_good else 'FAIL'}  {row.name:<{width}}  {took:>12}  {row.result}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
