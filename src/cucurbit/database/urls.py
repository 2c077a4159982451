"""URLs as other drivers take them: what of them libpq knows by another name, and what it knows nothing of.

asyncpg, pg8000 and psycopg2 each have parameters of their own; those that say how their own caches and loops work are
left out, those that say how to reach the server are translated.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sqlalchemy import URL

from cucurbit.errors import DatabaseError

DIALECTS = ("postgresql", "postgres")

_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_YES, _NO = ("true", "1", "yes", "on"), ("false", "0", "no", "off")

# What a driver is told about itself.
_DROPPED = frozenset(
    """async_fallback command_timeout connection_class json_deserializer json_serializer loop
    max_cacheable_statement_size max_cached_statement_lifetime prepared_statement_cache_size
    prepared_statement_name_func record_class statement_cache_size use_native_uuid""".split()
)

Value = str | Sequence[str]


def for_psycopg(url: URL) -> URL:
    """The same database by psycopg 3. Raises DatabaseError for a parameter whose value nobody understands."""
    query: dict[str, Value] = {}
    for name, value in url.query.items():
        if name not in _DROPPED:
            new_name, new = _translated(name, value)
            query.setdefault(new_name, new) if new_name != name else query.update({name: new})
    return url.set(drivername="postgresql+psycopg", query=query)


def search_path(query: Mapping[str, Value]) -> str | None:
    """The first schema of the search_path that `options` sets, None where they set none."""
    value = query.get("options", "")
    words = " ".join([value] if isinstance(value, str) else value).replace("-c ", "-c").split()
    paths = [word.partition("=") for word in words if word.startswith(("-csearch_path=", "--search_path="))]
    return paths[-1][2].split(",")[0].strip('"') if paths else None


def _translated(name: str, value: Value) -> tuple[str, Value]:
    text = value if isinstance(value, str) else value[-1]
    match name:
        case "ssl":
            return "sslmode", _mode(text)
        case "timeout":
            return "connect_timeout", _seconds(text)
        case "unix_sock":  # of pg8000: the socket itself, where libpq wants its folder
            return "host", text.rpartition("/.s.PGSQL.")[0] or text
        case "tcp_keepalive":
            return "keepalives", "0" if text.lower() in _NO else "1"
    return name, value


def _mode(text: str) -> str:
    mode = text.lower().replace("_", "-")
    if mode in _YES or mode in _NO:
        return "require" if mode in _YES else "disable"
    if mode not in _MODES:
        raise DatabaseError(
            "the database's url has a parameter ssl that is none of PostgreSQL's",
            hint=f"Write sslmode={'|'.join(_MODES)} instead.",
        )
    return mode


def _seconds(text: str) -> str:
    try:
        return str(max(1, math.ceil(float(text))))
    except (ValueError, OverflowError):
        raise DatabaseError(
            "the database's url has a parameter timeout that is no number of seconds",
            hint="Write connect_timeout=10 instead.",
        ) from None
