"""init: an existing Alembic project becomes one of cucurbit's, with its history as it is."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from importlib import import_module
from pathlib import Path

from cucurbit.actions.scaffold import take_back, template, write_files
from cucurbit.database.connect import masked, resolve
from cucurbit.database.urls import search_path
from cucurbit.errors import CucurbitError, ScaffoldError, said_by
from cucurbit.migrations import reader
from cucurbit.migrations.env_file import EnvFile, models_module
from cucurbit.migrations.locations import INI, PYPROJECT, Locations
from cucurbit.migrations.reader import RevisionFile
from cucurbit.project import settings as project_settings
from cucurbit.project.apps import ENTITIES, MODELS, collect
from cucurbit.project.settings import DATABASE_URL, FILE
from cucurbit.sql.secrets import masked_urls

MANAGE, BEFORE = "manage.py", "env.py.before"
_HOOKS = "alembic_hooks"
_PLACEHOLDER = "driver://"
_NOT_OURS = {"node_modules", "site-packages", "venv", "env"}
_ENV = "from cucurbit.migrations.env import run\n\nrun()\n"
_ENV_WITH_LOGGING = """from logging.config import fileConfig

from alembic import context

from cucurbit.migrations.env import run

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name)

run()
"""

Names = set[tuple[str, str]]


@dataclass(frozen=True)
class Found:
    """What there is, and what becomes of it; nothing is written yet.

    `files` are texts by their paths in the project's folder, `env` the old and the new text of env.py (None where that
    is as it is to be), `hooks` are those that are taken from it, `remarks` what has no place here, each a sentence.
    `database` has no password in it.
    """

    root: Path
    config: Path
    locations: Locations
    revisions: Mapping[str, RevisionFile]
    targets: Sequence[str]
    tables: int | None
    database: str
    hooks: Sequence[str]
    files: Mapping[Path, str]
    shown_settings: str
    env_path: Path
    env: tuple[str, str] | None
    remarks: Sequence[str] = field(default_factory=list)

    @property
    def uses_both(self) -> bool:
        """Whether Alembic is configured in pyproject.toml as well."""
        return self.config.name != PYPROJECT and _has_section(self.root / PYPROJECT)

    @property
    def heads(self) -> list[str]:
        """The newest revisions."""
        return reader.heads(self.revisions, self.revisions)

    @property
    def diff(self) -> str:
        """What changes in env.py."""
        if self.env is None:
            return ""
        name = str(self.locations.relative(self.env_path))
        old, new = (text.splitlines(keepends=True) for text in self.env)
        return masked_urls("".join(unified_diff(old, new, name, name)))

    @property
    def shown(self) -> dict[str, str]:
        """The files without the password of a url."""
        return {str(path): self.shown_settings if path == Path(FILE) else t for path, t in sorted(self.files.items())}


def look(root: Path, config: Path | None = None, *, env: bool = False) -> Found:
    """What is in a folder that has an Alembic project; `config` is its alembic.ini where that is elsewhere.

    Where it is one of cucurbit's already, and `env` is true, there are no files to be written but env.py.

    The modules of the models are imported, to count their tables; env.py and the revisions are not run. Raises
    ScaffoldError where there is no such project, or it is one of cucurbit's already; HistoryError for files that cannot
    be read.
    """
    is_ours = (root / FILE).exists()
    if is_ours and not env:
        hint = "For env.py alone: cucurbit init --env. To begin anew, remove the file."
        raise ScaffoldError(f"there is a {FILE} in {root} already", hint=hint)
    config = config or (project_settings.load(root).alembic if is_ours else None) or _config(root)
    ini = None if config.name == PYPROJECT else config
    locations = Locations(root, None, None if ini == Path(INI) else ini)
    revisions = reader.read(locations.files())
    _refuse_several_databases(revisions.values())
    file = EnvFile.read(locations.base / "env.py")
    hooks, names, _ = file.hooks
    is_written = "cucurbit.migrations.env" in file.text
    said = [] if is_written else file.remarks
    remarks = [f"{locations.relative(file.path)}:{remark.line}: {remark.text}" for remark in said]
    url, schema = _url(locations, file, remarks)
    entities = Path(ENTITIES) if not (root / ENTITIES).exists() else Path("database_entities") / ENTITIES
    lines = _settings(root, locations, ini, file, schema)
    models = _Models(root, locations, file, remarks)
    lines["apps"] = [*models.apps(_text(lines, "postgresql://")), entities.parts[0]]
    files = {Path(FILE): _text(lines, url), entities / ".gitkeep": ""}
    if models.needs_module:
        files[entities / "models.py"] = models_module(file, models.modules)
    if names:
        files[Path(f"{_HOOKS}.py")] = hooks
    if not (root / MANAGE).exists():
        files[Path(MANAGE)] = template(f"project/{MANAGE}")
    database = _shown(url, _text(lines, url), root, remarks)
    return Found(
        root,
        config,
        locations,
        revisions,
        file.targets,
        models.count,
        database,
        names,
        {} if is_ours else files,
        _text(lines, url and database),
        file.path,
        None
        if "cucurbit.migrations.env" in file.text
        else (file.text, _ENV_WITH_LOGGING if file.uses_logging else _ENV),
        remarks,
    )


def write(found: Found, *, env: bool = False) -> list[Path]:
    """Write the files, and with `env` the new env.py, beside which the old one stays as env.py.before.

    Returns the paths, as seen from the project's folder. Raises ScaffoldError, and leaves everything as it was, where a
    file is there already, or cannot be written.
    """
    before = found.env_path.with_name(BEFORE)
    if env and found.env is not None and before.exists():
        raise ScaffoldError(f"there is a file {before} already", hint="No file is overwritten: move it away.")
    made = write_files(found.root, found.files)
    paths = sorted(found.files)
    if not env or found.env is None:
        return paths
    try:
        _exchange(found.env_path, before, found.env[1])
    except BaseException as error:
        take_back(made)
        if not isinstance(error, OSError):
            raise
        raise ScaffoldError(
            f"{error.filename or found.env_path} cannot be written: {error.strerror}", hint="Nothing was left behind."
        ) from error
    return [*paths, *map(found.locations.relative, (found.env_path, before))]


def _exchange(path: Path, before: Path, text: str) -> None:
    """At every moment there is an env.py, the old or the new."""
    new = path.with_name(f".{path.name}.unfinished")
    made: list[Path] = []
    try:
        with before.open("xb") as file:
            made.append(before)
            file.write(path.read_bytes())
        made.append(new)
        new.write_text(text, encoding="utf-8")
        new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    except BaseException:
        for file_ in made:
            file_.unlink(missing_ok=True)
        raise


# -- what there is -----------------------------------------------------------------------------------------------------


def _config(root: Path) -> Path:
    """Alembic's configuration, relative to the folder: there, or in the one folder below that has an alembic.ini."""
    if (root / INI).is_file():
        return Path(INI)
    if _has_section(root / PYPROJECT):
        return Path(PYPROJECT)
    below = [path.relative_to(root) for pattern in ("*", "*/*") for path in root.glob(f"{pattern}/{INI}")]
    below = sorted(path for path in below if not _NOT_OURS & set(path.parts) and not str(path).startswith("."))
    if len(below) == 1:
        return below[0]
    if below:
        raise ScaffoldError(
            f"there are several Alembic projects: {', '.join(map(str, below))}", hint="Say which: --config FILE"
        )
    raise ScaffoldError(
        f"there is no Alembic project in {root}: no {INI}, and no [tool.alembic] in {PYPROJECT}",
        hint="In another folder: cucurbit init DIRECTORY. To begin a new project: cucurbit startproject NAME",
    )


def _has_section(file: Path) -> bool:
    return "alembic" in _toml(file).get("tool", {})


def _toml(file: Path) -> dict[str, dict[str, object]]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _name(root: Path) -> str:
    return str(_toml(root / PYPROJECT).get("project", {}).get("name") or root.resolve().name)


def _path(locations: Locations) -> list[str]:
    """What `prepend_sys_path` has beside the project's folder."""
    found = [locations.relative(Path(path)).as_posix() for path in locations.paths]
    return [path for path in found if path != "."]


def _refuse_several_databases(files: Iterable[RevisionFile]) -> None:
    for file in files:
        if "engine_name" in [argument.arg for argument in file.parameters("upgrade")]:
            raise ScaffoldError(
                f"{file.path} is a revision for several databases (Alembic's template multidb)",
                hint="A project of cucurbit's has one history. Each of the databases needs a project of its own.",
            )


def _url(locations: Locations, env: EnvFile, remarks: list[str]) -> tuple[str | None, str | None]:
    """The url of the configuration, and the schema that its search_path begins with; None where there is none."""
    try:
        url = locations.config.get_alembic_option("sqlalchemy.url")
    except Exception as error:  # configparser's, of a value that only env.py completes
        remarks.append(f"sqlalchemy.url cannot be read ({said_by(error).splitlines()[0]}): write the url yourself")
        return None, None
    if not isinstance(url, str) or url.startswith(_PLACEHOLDER) or not url:
        known = [name for name in env.variables if name == DATABASE_URL]
        said = f"env.py reads {', '.join(dict.fromkeys(env.variables))}; " if env.variables and not known else ""
        if not known:
            remarks.append(f"no url was found: {said}give {DATABASE_URL}, or write it into {FILE}")
        return None, None
    from sqlalchemy import make_url

    try:
        return url, search_path(make_url(url).query)
    except Exception:
        return url, None


def _shown(url: str | None, text: str, root: Path, remarks: list[str]) -> str:
    if url is None:
        return f"not in {INI}"
    try:
        return masked(resolve(url, project_settings.planned(text, root)))
    except CucurbitError as error:
        remarks.append(f"sqlalchemy.url cannot be used: {error.message}")
        return "unknown"


class _Models:
    """The modules with the models: what env.py imports of the project's own, and which apps these are.

    `needs_module` tells that no app has just the tables of env.py's target, so a module is to be written that has.
    """

    def __init__(self, root: Path, locations: Locations, env: EnvFile, remarks: list[str]) -> None:
        self.root, self.locations, self.env, self.remarks = root, locations, env, remarks
        self.places = [*map(Path, locations.paths), root]
        self.modules = list(dict.fromkeys(filter(None, map(self._module, env.imported))))
        self.needs_module = False
        self.count: int | None = None

    def apps(self, settings: str) -> list[str]:
        """The packages that have the models, where they have what env.py has; `settings` are those without them."""
        guess = list(dict.fromkeys(m.partition(".")[0] for m in self.modules if MODELS in m.split(".")))
        if not self.env.targets:
            return guess
        declared = self._declared(settings, guess) if guess else None  # before another module adds tables to theirs
        try:
            wanted = self._tables()
        except BaseException as error:  # a module of the project's, which may raise what it likes
            if isinstance(error, KeyboardInterrupt):
                raise
            self.remarks.append(f"the models cannot be imported here: {said_by(error).splitlines()[0]}")
            self.needs_module = not guess
            return guess
        self.count = len(wanted)
        if declared == wanted:
            return guess
        self.needs_module = True
        return []

    def _module(self, name: str) -> str | None:
        """The module of the project's own that a dotted name is in, None for any other."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            inside = Path(*parts[:length])
            if any((at / inside).with_suffix(".py").is_file() or (at / inside).is_dir() for at in self.places):
                return ".".join(parts[:length])
        return None

    def _tables(self) -> Names:
        sys.path[:0] = [str(at.absolute()) for at in self.places if str(at.absolute()) not in sys.path]
        space: dict[str, object] = {}
        for module in self.modules:
            import_module(module)
        exec(models_module(self.env, self.modules), space)  # noqa: S102 - imports, and names of the project's own
        found = [value for name, value in space.items() if name.startswith("metadata")]
        return {(table.schema or "", table.name) for data in found for table in getattr(data, "tables", {}).values()}

    def _declared(self, settings: str, apps: Sequence[str]) -> Names:
        planned = project_settings.planned(settings, self.root).model_copy(update={"apps": list(apps)})
        planned._root = self.root
        try:
            metadata = collect(planned).metadata
        except CucurbitError as error:
            self.remarks.append(f"the apps cannot be collected: {error.message}")
            return set()
        return {(table.schema or "", table.name) for data in metadata for table in data.tables.values()}


# -- settings.toml -----------------------------------------------------------------------------------------------------


def _settings(
    root: Path, locations: Locations, ini: Path | None, file: EnvFile, schema: str | None
) -> dict[str, object]:
    """What settings.toml is to say, but for the apps and the url; what is None is left out."""
    return {
        "name": _name(root),
        "apps": [],
        "path": _path(locations),
        "migrations": locations.relative(locations.base).as_posix(),
        "alembic": None if ini in (None, Path(INI)) else str(ini),
        "hooks": _HOOKS if file.hooks[1] else None,
        "version_table": file.version_table,
        "schema": schema or "public",
    }


def _text(lines: Mapping[str, object], url: str | None) -> str:
    said = {key: value for key, value in lines.items() if value not in (None, [])}
    comments = {
        "name": "the ledger tells projects apart by it: leave it as it is",
        "apps": "packages whose models and entities are collected",
        "schema": "where names without a schema live",
    }
    written = [f"{key} = {json.dumps(value)}" for key, value in said.items()]
    width = max(map(len, written)) + 2
    text = [
        f"{line:{width}}# {comments[key]}" if key in comments else line for key, line in zip(said, written, strict=True)
    ]
    own = json.dumps(url or "postgresql://")
    comment = f"  # {DATABASE_URL} wins" if url else f"  # as libpq's environment (PGHOST …) says; {DATABASE_URL} wins"
    return "\n".join([*text, "", "[databases.default]", f"url = {own}{comment}", ""])
