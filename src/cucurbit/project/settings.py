"""The settings: `settings.toml` beside `manage.py`, with the environment over it."""

from __future__ import annotations

import os
import re
import tomllib
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from cucurbit.errors import Place, SettingsError
from cucurbit.sql.names import LONGEST

FILE = "settings.toml"
PREFIX = "CUCURBIT_"
DATABASE_URL = "DATABASE_URL"


# https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(rf"(\d{{1,9}}(?:\.\d{{1,6}})?)\s*({'|'.join(_SECONDS)})?")

# The file that `load` is about: pydantic-settings asks the class, and a class for each file takes time to build.
_reading: ContextVar[Path] = ContextVar("settings.toml", default=Path(FILE))


def _not_too_long(name: str) -> str:
    """A name as it is. Raises ValueError for one that PostgreSQL would cut, as nothing would find it again."""
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST:
        raise ValueError(f"a name has at most {LONGEST} bytes in PostgreSQL")
    return name


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(_Table):
    """One database: `url` is `embedded` or a `postgresql://` URL, `role` whom to act as there, by SET ROLE."""

    url: str = "embedded"
    role: str | None = None

    @field_validator("role")
    @classmethod
    def _role_is_a_name(cls, value: str | None) -> str | None:
        if value is not None and (not value or "\0" in value):
            raise ValueError("a role needs a name")
        return value


class Scratch(_Table):
    """Where scratch databases are made; None: on the configured database's own server."""

    url: str | None = None


def _table(value: str) -> str:
    """A table's name as it is. Raises ValueError for what is none, perhaps with its schema."""
    if not all(value.split(".")) or value.count(".") > 1 or "\0" in value:
        raise ValueError("write a table, or schema.table, without quotes")
    return ".".join(map(_not_too_long, value.split(".")))


class Ledger(_Table):
    """The ledger's table, with a schema or in the project's."""

    table: Annotated[str, AfterValidator(_table)] = "cucurbit_ledger"


class Migrate(_Table):
    """How long `migrate` waits for a lock, as PostgreSQL writes it (0: without end), and how often it tries."""

    lock_timeout: str = "5s"
    attempts: int = Field(default=8, ge=1, le=1000)

    @field_validator("lock_timeout", mode="before")
    @classmethod
    def _timeout_is_a_duration(cls, value: Any) -> str:
        text = str(value).strip()
        if not _DURATION.fullmatch(text) or isinstance(value, bool):
            raise ValueError("write a duration, as 5s, 500ms or 2min; 0 is off")
        return text

    @property
    def lock_seconds(self) -> float:
        """The same in seconds."""
        number, unit = _DURATION.fullmatch(self.lock_timeout).groups()  # type: ignore[union-attr]  # it is validated
        return float(number) * _SECONDS[unit or "ms"]


class _Environment(EnvSettingsSource):
    """The environment; pydantic-settings puts no prefix before an alias, and would read `schema` from SCHEMA."""

    def __call__(self) -> dict[str, Any]:
        """The values by field or alias."""
        values = {key: value for key, value in super().__call__().items() if key != "schema"}
        schema = self.env_vars.get(f"{PREFIX}SCHEMA".lower())
        return values if schema is None else {**values, "schema": schema}


class Settings(BaseSettings):
    """All that `settings.toml` can say. Keys that are not here are refused."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, populate_by_name=True
    )

    name: str = ""
    apps: list[str] = Field(default_factory=list)
    path: list[str] = Field(default_factory=list)
    migrations: Path = Path("migrations")
    alembic: Path | None = None
    hooks: str | None = None
    version_table: Annotated[str, AfterValidator(_table)] = "alembic_version"
    schema_: str = Field(default="public", alias="schema")
    databases: dict[str, Database] = Field(default_factory=lambda: {"default": Database()})
    scratch: Scratch = Scratch()
    ledger: Ledger = Ledger()
    migrate: Migrate = Migrate()

    _root: Path = Path()
    _command: str = ""

    @field_validator("schema_")
    @classmethod
    def _schema_is_a_name(cls, value: str) -> str:
        if not value or "\0" in value:
            raise ValueError("a schema needs a name")
        return _not_too_long(value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; `load` names the file."""
        return init_settings, _Environment(settings_cls), TomlConfigSettingsSource(settings_cls, _reading.get())

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self._root

    @property
    def command(self) -> str:
        """The command that the settings were read for, as servers are told it; may be empty."""
        return self._command

    @property
    def home(self) -> str:
        """The schema where unqualified names live."""
        return self.schema_

    @cached_property
    def ledger_name(self) -> tuple[str, str]:
        """Schema and name of the ledger's table."""
        schema, _, name = self.ledger.table.rpartition(".")
        return schema or self.home, name

    @cached_property
    def version_table_name(self) -> tuple[str, str]:
        """Schema and name of Alembic's table."""
        schema, _, name = self.version_table.rpartition(".")
        return schema or self.home, name

    def database(self, name: str) -> Database:
        """The settings of one database. Raises SettingsError for one that is not there."""
        try:
            return self.databases[name]
        except KeyError:
            if set(name) & set("@:="):  # it may have a password in it
                raise SettingsError(
                    "a database is given by its name in the settings, not by its url",
                    hint=f"There {'is' if len(self.databases) == 1 else 'are'}: {', '.join(sorted(self.databases))}",
                    place=Place(FILE),
                ) from None
            raise SettingsError(
                f"there is no database {name!r} in the settings",
                hint=f"There {'is' if len(self.databases) == 1 else 'are'}: {', '.join(sorted(self.databases))}",
                place=Place(FILE),
            ) from None


def load(root: Path, command: str = "") -> Settings:
    """The settings of the project in a folder. Raises SettingsError, in one line for each thing that is wrong."""
    file = root / FILE
    text = _read(file)
    _refuse_unknown_variables()
    token = _reading.set(file)
    try:
        settings = Settings()
    except ValidationError as error:
        raise _explain(error, text) from None
    except Exception as error:  # pydantic-settings: a variable that should be JSON and is not
        raise SettingsError(f"the environment cannot be read: {error}") from None
    finally:
        _reading.reset(token)
    settings._root, settings._command = root, command
    return _complete(settings)


def planned(text: str, root: Path) -> Settings:
    """The settings that a file with this text would be in a folder that has none yet. Raises SettingsError."""
    with TemporaryDirectory(prefix="cucurbit-") as folder:
        (Path(folder) / FILE).write_text(text, encoding="utf-8")
        settings = load(Path(folder))
    settings._root = root
    return settings


def _read(file: Path) -> str:
    try:
        text = file.read_bytes().decode()  # TOML knows no end of a line but these two
        tomllib.loads(text)
    except FileNotFoundError:
        raise SettingsError(
            f"there is no {FILE} in {file.parent}",
            hint="Run this in a project's folder, or make a project: cucurbit startproject NAME",
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"the file is not UTF-8: {error.reason}", place=Place(FILE)) from None
    except tomllib.TOMLDecodeError as error:
        message, place = _toml_place(str(error), FILE)
        raise SettingsError(f"this is not TOML: {message}", place=place) from None
    except RecursionError:
        raise SettingsError("this is nested too deeply to be settings", place=Place(FILE)) from None
    except OSError as error:
        raise SettingsError(f"{FILE} cannot be read: {error.strerror}", place=Place(FILE)) from None
    return text


def _toml_place(message: str, file: str) -> tuple[str, Place]:
    """tomllib writes the place into the message: `… (at line 3, column 5)`."""
    text, _, where = message.partition(" (at line ")
    numbers = [int(word) for word in where.replace(",", " ").replace(")", " ").split() if word.isdigit()]
    return text, Place(file, *numbers[:2])


def _complete(settings: Settings) -> Settings:
    """Fill in what another place says better: DATABASE_URL, and the project's name."""
    update: dict[str, Any] = {}
    if url := os.environ.get(DATABASE_URL):
        default = settings.databases.get("default", Database()).model_copy(update={"url": url})
        update["databases"] = {**settings.databases, "default": default}
    elif "default" not in settings.databases:
        update["databases"] = {"default": Database(), **settings.databases}
    declared = _project_name(settings.root)  # asked in any case: Alembic reads the same file
    if not settings.name:
        update["name"] = declared
    complete = settings.model_copy(update=update)
    complete._root, complete._command = settings.root, settings.command
    return complete


def _project_name(root: Path) -> str:
    """The name in pyproject.toml, else the folder's: the ledger keeps projects apart by it."""
    file = "pyproject.toml"
    try:
        project = tomllib.loads((root / file).read_bytes().decode()).get("project", {})
    except OSError:
        project = {}
    except UnicodeDecodeError as error:
        raise SettingsError(f"the file is not UTF-8: {error.reason}", place=Place(file)) from None
    except tomllib.TOMLDecodeError as error:
        message, place = _toml_place(str(error), file)
        raise SettingsError(f"this is not TOML: {message}", place=place) from None
    name = project.get("name") if isinstance(project, dict) else None
    return str(name or root.resolve().name)


def _refuse_unknown_variables() -> None:
    known = {PREFIX + field.removesuffix("_").upper() for field in Settings.model_fields}
    for variable in os.environ:
        if variable.upper().startswith(PREFIX) and variable.upper().split("__")[0] not in known:
            raise SettingsError(
                f"the environment variable {variable} is no setting" + _did_you_mean(variable.upper(), known)
            )


def _explain(error: ValidationError, text: str) -> SettingsError:
    problems = []
    place: Place | None = Place(FILE)
    for problem in error.errors():
        path = [str(part) for part in problem["loc"]]
        variables = [name for name in os.environ if name.upper().startswith(f"{PREFIX}{path[0]}".upper())]
        place = _find(text, path[-1]) or (None if variables else place)
        if problem["type"] == "extra_forbidden":
            problems.append(f"{'.'.join(path)} is no setting" + _did_you_mean(path[-1], _siblings(path)))
        else:
            problems.append(f"{'.'.join(path)}: {problem['msg'].removeprefix('Value error, ')}")
        problems[-1] += "".join(f" (the environment has {name})" for name in variables)
    return SettingsError("; ".join(problems), place=place)


def _siblings(path: list[str]) -> set[str]:
    """The keys that would have been right where an unknown one stands."""
    tables: dict[str, type[BaseModel]] = {
        "databases": Database,
        "scratch": Scratch,
        "ledger": Ledger,
        "migrate": Migrate,
    }
    if len(path) > 1 and path[0] in tables:
        return set(tables[path[0]].model_fields)
    return {field.alias or name for name, field in Settings.model_fields.items()}


def _did_you_mean(word: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(sorted(known))}"


def _find(text: str, key: str) -> Place | None:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.replace("[", " ").replace("]", " ").replace("=", " ").replace(".", " ").split()
        if key in words[:2]:
            return Place(FILE, number, line.index(key) + 1)
    return None
