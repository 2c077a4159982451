"""startproject and startapp, as a newcomer runs them: each command a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cucurbit.actions.scaffold import start_app, start_project
from cucurbit.errors import ScaffoldError
from tests.servers import Database

ROOT = Path(__file__).parents[1]
CUCURBIT = Path(sys.executable).with_name("cucurbit")


def run(folder: Path, *command: str | Path, url: str | None = None, status: int = 0) -> str:
    """What a command prints in a project's folder; its exit code is to be `status`."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("CUCURBIT_") and k != "DATABASE_URL"}
    if url is not None:
        env["DATABASE_URL"] = url
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def manage(folder: Path, *arguments: str, url: str | None = None, status: int = 0) -> str:
    return run(folder, sys.executable, "manage.py", *arguments, url=url, status=status)


def alembic(folder: Path, *arguments: str, url: str, status: int = 0) -> str:
    return run(folder, sys.executable, "-m", "alembic", *arguments, url=url, status=status)


def own_tests(folder: Path, url: str | None = None) -> str:
    return run(folder, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", url=url)


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def states(project: Path, url: str) -> list[str]:
    """`view public.open_notes applied`, a line for each entity."""
    return [" ".join(line.split()[:3]) for line in manage(project, "showentities", url=url).splitlines()[1:]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody can enter, as the account of an embedded server must."""
    made = Path(tempfile.mkdtemp(prefix="cucurbit-scaffold-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A new project, for tests that give it a database."""
    return start_project("shop", tmp_path / "shop").folder


# -- a new project works -----------------------------------------------------------------------------------------------


def test_a_new_project_works_at_once_on_the_embedded_server(folder: Path) -> None:
    told = run(folder, CUCURBIT, "startproject", "shop")
    shop = folder / "shop"
    assert "cd shop" in told
    own_tests(shop)

    manage(shop, "makemigrations")
    assert [file.name for file in (shop / "migrations" / "versions").glob("*.py")] == ["0001_initial.py"]
    manage(shop, "migrate")
    manage(shop, "showentities", "--check")
    assert "No changes detected" in manage(shop, "makemigrations")
    own_tests(shop)


def test_a_project_can_be_written_into_a_folder_that_has_other_files(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    told = run(folder, CUCURBIT, "startproject", "shop", ".")
    assert "cd " not in told
    assert (folder / "manage.py").stat().st_mode & 0o111
    assert (folder / "notes.txt").read_text() == "mine"
    assert 'name = "shop"' in (folder / "settings.toml").read_text()


def test_the_folder_of_migrations_is_the_reference_project_s(shop: Path) -> None:
    """The templates in src/cucurbit/scaffold are copies of the files at the root: copy them again after a change."""
    for name in ("manage.py", "migrations/env.py", "migrations/script.py.mako"):
        assert (shop / name).read_text() == (ROOT / name).read_text()


def test_every_template_is_filled_in_and_clean(shop: Path) -> None:
    start_app("orders", shop)
    assert [name for name, text in contents(shop).items() if text and b"{{" in text] == []
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", f"--config={ROOT / 'pyproject.toml'}"]
        run(shop, *ruff, ".")


# -- Alembic's own commands --------------------------------------------------------------------------------------------


def test_alembic_makes_and_runs_migrations_in_a_new_project(shop: Path, database: Database) -> None:
    url = database.url
    alembic(shop, "check", url=url, status=255)
    assert database.execute("select relname from pg_class where relname like 'cucurbit%'") == []

    alembic(shop, "revision", "--autogenerate", "-m", "first", url=url)
    alembic(shop, "upgrade", "head", url=url)
    alembic(shop, "check", url=url)
    assert "No changes detected" in manage(shop, "makemigrations", url=url)

    view = shop / "entities" / "open_notes.sql"
    view.write_text(view.read_text().replace("id, text", "id, upper(text) as text"))
    alembic(shop, "revision", "--autogenerate", "-m", "loud", url=url)
    alembic(shop, "upgrade", "+1", url=url)
    assert states(shop, url) == ["view public.open_notes applied"]

    alembic(shop, "downgrade", "base", url=url)
    assert database.execute("select to_regclass('notes')::text, to_regclass('open_notes')::text") == [(None, None)]
    manage(shop, "migrate", url=url)
    assert states(shop, url) == ["view public.open_notes applied"]


def test_alembic_s_script_for_an_empty_database_makes_the_ledger_too(shop: Path, database: Database) -> None:
    manage(shop, "makemigrations", url=database.url)
    script = alembic(shop, "upgrade", "head", "--sql", url=database.url)
    database.execute(script)
    assert states(shop, database.url) == ["view public.open_notes applied"]
    assert "No migrations to apply" in manage(shop, "migrate", url=database.url)

    database.execute(alembic(shop, "downgrade", "head:base", "--sql", url=database.url))
    assert states(shop, database.url) == ["view public.open_notes new"]


def test_alembic_tells_our_errors_without_a_stack(shop: Path, database: Database) -> None:
    manage(shop, "makemigrations", url=database.url)
    told = alembic(shop, "stamp", "head", url=database.url, status=255)
    assert "migrate --fake" in told
    assert "Traceback" not in told


# -- a new app ---------------------------------------------------------------------------------------------------------


def test_a_new_app_is_collected_once_the_settings_list_it(shop: Path, database: Database) -> None:
    manage(shop, "startapp", "tickets")
    app = shop / "tickets"
    settings = shop / "settings.toml"
    settings.write_text(settings.read_text().replace('"entities"]', '"entities", "tickets"]'))
    manage(shop, "makemigrations", url=database.url)  # as it is written, it adds nothing

    with (app / "models.py").open("a") as models:
        models.write(
            "\n\nfrom sqlalchemy.orm import Mapped, mapped_column\n\n\nclass Ticket(Base):\n"
            "    __tablename__ = 'tickets'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
        )
    (app / "entities" / "views.sql").write_text("create view all_tickets as select id from tickets;")
    manage(shop, "makemigrations", url=database.url)
    manage(shop, "migrate", url=database.url)
    assert states(shop, database.url) == ["view public.all_tickets applied", "view public.open_notes applied"]


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("my-shop", "my_shop"),
        ("1shop", "begins with a letter"),
        ("", "letters"),
        ("größe", "a to z"),
        ("shop_", "underscore"),
        ("../shop", "letters"),
        ("class", "keyword"),
        ("json", "standard library"),
        ("sqlalchemy", "sqlalchemy/__init__.py"),
    ],
)
def test_a_name_that_python_could_not_import_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    for start, folder in ((start_project, tmp_path / "new"), (start_app, tmp_path)):
        with pytest.raises(ScaffoldError) as caught:
            start(name, folder)
        assert reason in str(caught.value)
    assert contents(tmp_path) == {}


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "models.py").write_text("mine")
    (tmp_path / "settings.toml").symlink_to("nowhere")
    before = contents(tmp_path)
    with pytest.raises(ScaffoldError, match=r"project/models\.py, settings\.toml are in .* already"):
        start_project("shop", tmp_path)
    assert contents(tmp_path) == before


def test_a_module_of_the_app_s_name_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "tickets.py").write_text("")
    with pytest.raises(ScaffoldError, match=r"tickets\.py"):
        start_app("tickets", tmp_path)


def test_a_failure_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "shop"
    folder.mkdir(parents=True)
    (folder / "tests").write_text("a file where a folder is needed")
    before = contents(tmp_path)
    with pytest.raises(ScaffoldError, match="cannot be written"):
        start_project("shop", folder)
    assert contents(tmp_path) == before


def test_an_app_needs_a_project(tmp_path: Path) -> None:
    told = run(tmp_path, CUCURBIT, "startapp", "tickets", status=1)
    assert "settings.toml" in told
    assert contents(tmp_path) == {}
