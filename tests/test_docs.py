"""The documentation says what is: its tour runs, its examples work, nothing that it should list is missing.

`UPDATE_DOCS=1 pytest tests/test_docs.py` writes the present `--help` texts into docs/commands.md.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cucurbit.commands import commands
from cucurbit.database import ledger
from cucurbit.entities import kinds
from cucurbit.entities.entity import Entity
from cucurbit.entities.kinds import all_kinds
from cucurbit.project.settings import Settings, load
from tests.project import Project
from tests.servers import Database

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
COMMANDS = DOCS / "commands.md"

BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [block["text"] for block in BLOCK.finditer(page.read_text()) if block["language"] == language]


def sections(page: Path) -> dict[str, str]:
    """The text under each heading of any level."""
    parts = re.split(r"^#+ (.*)$", page.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


# -- every page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", page.read_text())
    local = [link.partition("#")[0] for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_compiles(page: Path) -> None:
    for number, text in enumerate(blocks(page, "python"), 1):
        compile(text, f"{page.name}, block {number}", "exec")


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [page.name for page in PAGES[1:] if f"(docs/{page.name})" not in readme] == []


# -- the README --------------------------------------------------------------------------------------------------------


def test_the_tour_of_the_readme(tmp_path: Path, database: Database) -> None:
    """Every command of the tour says what the README says that it does, but for the seconds that it took."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("CUCURBIT_")}
    env |= {"DATABASE_URL": database.url, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    folder = tmp_path
    for block in BLOCK.finditer((ROOT / "README.md").read_text()):
        if block["language"] == "sql":
            (folder / "entities" / "open_notes.sql").write_text(block["text"])
        if block["language"] == "python":
            assert block["text"] in (folder / "migrations" / "versions" / "0002_age_of_notes.py").read_text()
        if block["language"] != "console":
            continue
        for step in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            command, _, expected = step.partition("\n")
            if command.startswith("cd "):
                folder /= command[3:]
            elif not command.startswith("pip "):
                done = subprocess.run(
                    shlex.split(command), cwd=folder, env=env, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stderr
                assert _timeless(done.stdout) == _timeless(expected)


def _timeless(text: str) -> str:
    return re.sub(r"\d+\.\d s", "… s", text).strip()


def test_the_readme_lists_every_command() -> None:
    text = (ROOT / "README.md").read_text()
    assert [name for name in _names() if not re.search(rf"^\| `\S+ {name}\b", text, re.MULTILINE)] == []


# -- commands ----------------------------------------------------------------------------------------------------------


def _names() -> list[str]:
    return commands.list_commands(click.Context(commands))


def _help(name: str) -> str:
    program = "cucurbit" if name in ("startproject", "init") else "python manage.py"
    done = CliRunner().invoke(commands, [name, "--help"], prog_name=program, terminal_width=80)
    assert done.exit_code == 0, done.output
    return done.output


def test_commands_have_their_help_in_the_documentation() -> None:
    found = sections(COMMANDS)
    wrong = [name for name in _names() if f"```text\n{_help(name)}```" not in found.get(name, "")]
    if wrong and os.environ.get("UPDATE_DOCS"):
        _write_help()
        wrong = []
    assert wrong == [], "UPDATE_DOCS=1 pytest tests/test_docs.py writes them anew"


def _write_help() -> None:
    text = COMMANDS.read_text()
    for name in _names():
        block = f"```text\n{_help(name)}```\n"
        head, heading, tail = text.partition(f"\n## {name}\n")
        if not heading:
            text = f"{text}\n## {name}\n\n{block}"
        else:
            before, _, after = tail.partition("```text\n")
            text = head + heading + before + block + after.partition("```\n")[2]
    COMMANDS.write_text(text)


def test_no_command_is_documented_that_is_gone() -> None:
    assert set(re.findall(r"^## (\w+)$", COMMANDS.read_text(), re.MULTILINE)) == set(_names())


# -- settings ----------------------------------------------------------------------------------------------------------


def _keys(model: Any, before: str = "") -> list[str]:
    """`scratch.url` and so on: every key that the settings know."""
    keys = []
    for name, field in model.model_fields.items():
        key = before + (field.alias or name)
        annotation = field.annotation
        if getattr(annotation, "__name__", "") == "dict":
            keys += _keys(annotation.__args__[1], f"{key}.NAME.")
        elif hasattr(annotation, "model_fields"):
            keys += _keys(annotation, f"{key}.")
        else:
            keys.append(key)
    return keys


def test_every_setting_is_documented() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \|", (DOCS / "settings.md").read_text(), re.MULTILINE)
    assert rows == _keys(Settings)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing of settings."""
    for name in [name for name in os.environ if name.startswith("CUCURBIT_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_the_settings_of_the_documentation_can_be_read(tmp_path: Path, quiet: pytest.MonkeyPatch) -> None:
    (example,) = blocks(DOCS / "settings.md", "toml")
    (tmp_path / "settings.toml").write_text(example)
    settings = load(tmp_path)
    assert settings.scratch.url == "embedded"
    assert set(settings.databases) == {"default", "reports"}


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("DATABASE_URL", "postgresql:///here", "databases.default.url", "postgresql:///here"),
        ("CUCURBIT_DATABASES__REPORTS__URL", "postgresql:///there", "databases.reports.url", "postgresql:///there"),
        ("CUCURBIT_NAME", "shop", "name", "shop"),
        ("CUCURBIT_APPS", '["project"]', "apps", ["project"]),
        ("CUCURBIT_MIGRATIONS", "history", "migrations", Path("history")),
        ("CUCURBIT_SCHEMA", "shop", "schema_", "shop"),
        ("CUCURBIT_SCRATCH__URL", "embedded", "scratch.url", "embedded"),
        ("CUCURBIT_LEDGER__TABLE", "audit.ledger", "ledger.table", "audit.ledger"),
        ("CUCURBIT_MIGRATE__LOCK_TIMEOUT", "2min", "migrate.lock_seconds", 120.0),
        ("CUCURBIT_MIGRATE__ATTEMPTS", "3", "migrate.attempts", 3),
        ("SCHEMA", "somebody_else_s", "schema_", "public"),
    ],
)
def test_the_environment_wins_over_the_file(
    tmp_path: Path, quiet: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: object
) -> None:
    (tmp_path / "settings.toml").write_text('name = "file"\nschema = "public"\n')
    quiet.setenv(variable, value)
    found: Any = load(tmp_path)
    for step in field.split("."):
        found = found[step] if isinstance(found, dict) else getattr(found, step)
    assert found == expected


# -- entities ----------------------------------------------------------------------------------------------------------


def test_every_kind_is_documented() -> None:
    headings = re.findall(r"^### (.*)$", (DOCS / "entities.md").read_text(), re.MULTILINE)
    assert set(headings) == set(all_kinds())


@pytest.mark.parametrize("kind", all_kinds())
def test_the_examples_of_a_kind_are_of_that_kind(kind: str) -> None:
    """One in SQL; one or more in Python, the first of which is the same entity."""
    text = sections(DOCS / "entities.md")[kind]
    sql, python = (next(b["text"] for b in BLOCK.finditer(text) if b["language"] == lang) for lang in ("sql", "python"))
    values: dict[str, Any] = {}
    exec(python, values)
    made = [value for value in values.values() if isinstance(value, Entity)]
    assert {entity.kind for entity in made} == {kind}
    assert made[0].identity == Entity.from_sql(sql).identity


def test_the_example_of_a_new_kind_is_one() -> None:
    (example,) = (text for text in blocks(DOCS / "architecture.md", "python") if "(Entity):" in text)
    assert example.strip() in {file.read_text().strip() for file in Path(kinds.__file__).parent.glob("*.py")}


# -- the ledger --------------------------------------------------------------------------------------------------------


def test_the_ledger_is_as_documented(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/entities/one.sql": "create view one as select 1 as n"})
    project.make()
    project.migrate()

    columns, _, _ = (DOCS / "ledger.md").read_text().partition("| action |")
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \|", columns, re.MULTILINE)
    assert rows == database.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = 'cucurbit_ledger'::regclass and attnum > 0 order by attnum"
    )
    comment = database.execute("select obj_description('cucurbit_ledger'::regclass)")[0][0]
    assert comment == f"cucurbit ledger, layout {ledger.LAYOUT}"
    assert f"`{comment}`" in (DOCS / "ledger.md").read_text()
    for query in blocks(DOCS / "ledger.md", "sql"):
        database.execute(query)

    (program,) = blocks(DOCS / "ledger.md", "python")
    env = {k: v for k, v in os.environ.items() if not k.startswith("CUCURBIT_")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["0001_initial create public.one", "0001_initial apply 0001_initial"]
