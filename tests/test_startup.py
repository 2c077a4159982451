"""What is imported when: `--help` answers at once, and `import alembic` stays what it was with cucurbit beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Runs a program and tells, on the last line of its output, the modules that came with it.
_OBSERVE = """
import json, runpy, sys
before = set(sys.modules)
try:
    {program}
except SystemExit:
    pass
print()
print(json.dumps(sorted(set(sys.modules) - before)))
"""

_MANAGE = """
from cucurbit.commands import manage
manage(__file__)
"""


def _imported(program: str, folder: Path) -> set[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CUCURBIT_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-c", _OBSERVE.format(program=program)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def _packages(modules: set[str]) -> set[str]:
    """The top-level packages that are neither Python's own nor private parts of an installation."""
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["migrate", "--help"], ["showentities", "--help"]])
def test_help_imports_click_and_nothing_else(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "manage.py").write_text(_MANAGE)
    run = f"sys.argv[:] = {['manage.py', *arguments]!r}; runpy.run_path('manage.py', run_name='__main__')"
    modules = _imported(run, tmp_path)
    assert "click" in modules
    assert _packages(modules) <= {"click", "cucurbit"}
    ours = {name for name in modules if name.startswith("cucurbit.") and not name.startswith("cucurbit.commands")}
    assert ours <= {"cucurbit.actions", "cucurbit.actions.reporter"}  # which import nothing


def test_all_help_together_imports_click_and_nothing_else(tmp_path: Path) -> None:
    """The list of commands imports each of them for its sentence."""
    program = (
        "from cucurbit.commands import commands as group; import click;"
        " ctx = click.Context(group); [group.get_command(ctx, name) for name in group.list_commands(ctx)]"
    )
    assert _packages(_imported(program, tmp_path)) <= {"click", "cucurbit"}


def test_alembic_with_cucurbit_installed_imports_no_more_of_it_than_the_operations(tmp_path: Path) -> None:
    modules = _imported("import alembic", tmp_path)
    assert "cucurbit.migrations.operations" in modules  # the plugin was found and set up
    ours = {name for name in modules if name.startswith("cucurbit.")}
    heavy = ("cucurbit.commands", "cucurbit.actions", "cucurbit.project", "cucurbit.migrations.autogenerate",
             "cucurbit.migrations.executor", "cucurbit.migrations.recorder")  # fmt: skip
    assert [name for name in ours if name.startswith(heavy)] == []
    assert _packages(modules) & {"pydantic", "pydantic_settings", "psycopg", "rich", "click"} == set()


def test_operations_are_registered_wherever_alembic_is_imported(tmp_path: Path) -> None:
    program = "from alembic.operations import Operations; assert hasattr(Operations, 'create_entity')"
    assert "alembic" in _imported(program, tmp_path)


def test_the_package_itself_imports_nothing_until_it_is_asked(tmp_path: Path) -> None:
    assert _packages(_imported("import cucurbit", tmp_path)) == {"cucurbit"}
    assert "cucurbit.entities.kinds.view" in _imported("from cucurbit import View", tmp_path)
