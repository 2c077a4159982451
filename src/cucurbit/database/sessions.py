"""Sessions of the server, as somebody who waits for one is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cucurbit.sql.secrets import masked

# What `Session` takes, of `a`, a row of pg_stat_get_activity(pid): the view over it would lock catalogs. Without
# pg_read_all_stats the sessions of others have a pid, a role and an application, and no more.
# https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
COLUMNS = """
a.pid, pg_get_userbyid(a.usesysid), a.application_name, coalesce(host(a.client_addr), a.client_hostname),
a.xact_start, a.state, case when a.query <> '<insufficient privilege>' then a.query end
"""

_LONGEST = 200


@dataclass(frozen=True)
class Session:
    """One session, and its last statement; what the server does not tell is None."""

    pid: int | None
    role: str | None = None
    application: str | None = None
    client: str | None = None
    since: datetime | None = None
    state: str | None = None
    query: str | None = None

    def __str__(self) -> str:
        if not self.pid:
            return "a prepared transaction, see pg_prepared_xacts"
        parts = [f"pid {self.pid}"]
        parts += [f"role {self.role}"] if self.role else []
        parts += [f"application {self.application!r}"] if self.application else []
        parts += [f"from {self.client}"] if self.client else []
        parts += [f"since {self.since:%Y-%m-%d %H:%M:%S %Z}"] if self.since else []
        return ", ".join(parts)

    @property
    def said(self) -> str:
        """Its statement in one line, cut and without secrets, and its state; empty where it may not be seen."""
        if not self.query:
            return ""
        line = " ".join(masked(self.query).split())
        line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 2]} …"
        return f"{self.state}: {line}" if self.state else line
