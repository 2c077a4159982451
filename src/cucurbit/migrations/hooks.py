"""Alembic's hooks of a project: functions by the names that `context.configure()` knows, asked behind ours.

They stand in a module that `hooks` of the settings names, so that makemigrations asks them, too; or they are given to
`cucurbit.migrations.env.run()`, and only Alembic's own commands ask them.
https://alembic.sqlalchemy.org/en/latest/api/runtime.html#alembic.runtime.environment.EnvironmentContext.configure
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from importlib import import_module
from typing import Any

from cucurbit.errors import Place, SettingsError, said_by
from cucurbit.project.settings import FILE, Settings

Hook = Callable[..., Any]
Hooks = Mapping[str, Hook]


def _both(own: Hook, theirs: Hook) -> Hook:
    return lambda *about: own(*about) and theirs(*about)


def _first(nothing: object) -> Callable[[Hook, Hook], Hook]:
    """What the first of the two says, unless that is nothing."""

    def chain(own: Hook, theirs: Hook) -> Hook:
        def hook(*about: Any) -> Any:
            said = own(*about)
            return theirs(*about) if said is nothing else said

        return hook

    return chain


def _one_after_the_other(own: Hook, theirs: Hook) -> Hook:
    def hook(*about: Any) -> None:
        own(*about)
        theirs(*about)

    return hook


_CHAINS: dict[str, Callable[[Hook, Hook], Hook]] = {
    "include_name": _both,
    "include_object": _both,
    "compare_type": _first(None),
    "render_item": _first(False),
    "process_revision_directives": _one_after_the_other,
}
NAMES = tuple(_CHAINS)


def of_settings(settings: Settings) -> Hooks:
    """The functions of the module that the settings name. Raises SettingsError where it cannot be imported."""
    if settings.hooks is None:
        return {}
    try:
        module = import_module(settings.hooks)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # SystemExit too: a module may raise what it likes
        missing = isinstance(error, ModuleNotFoundError) and settings.hooks.startswith(str(error.name))
        raise SettingsError(
            f"hooks: {settings.hooks} cannot be imported: {said_by(error)}",
            hint=f"A module with functions that are called as Alembic's hooks: {', '.join(NAMES)}.",
            place=Place(FILE) if missing else Place.blame(error) or Place(FILE),
        ) from error
    return checked({name: value for name in NAMES if (value := getattr(module, name, None)) is not None})


def checked(given: Mapping[str, Any]) -> Hooks:
    """The same. Raises SettingsError for a name that is no hook, and for a hook that cannot be called."""
    for name, hook in given.items():
        if name not in NAMES:
            raise SettingsError(
                f"{name} is nothing that can be given to run()",
                hint=f"There are: {', '.join(NAMES)}. Everything else cucurbit says itself, or settings.toml does.",
            )
        if not callable(hook):
            raise SettingsError(f"the hook {name} is no function", hint="Leave it out, or write a function.")
    return given


def chained(options: Mapping[str, Any], hooks: Sequence[Hooks]) -> dict[str, Any]:
    """The options with the hooks behind those that are among them."""
    return reduce(_with, hooks, dict(options))


def _with(options: dict[str, Any], hooks: Hooks) -> dict[str, Any]:
    return options | {
        name: _CHAINS[name](options[name], hook) if name in options else hook for name, hook in hooks.items()
    }
