"""Connections that broke: told from statements that were refused, with what is known of the work then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, PendingRollbackError

from cucurbit.errors import ConnectionLostError, LockedError

_BROKEN = "8s2b"  # SQLAlchemy's code for a statement on a connection that is gone already


def lost(error: BaseException | None) -> str | None:
    """What was said when the connection broke, in one line; None where the error is of another sort."""
    said = None
    while error is not None:
        if isinstance(error, PendingRollbackError) and error.code == _BROKEN:
            said = "the server could not be reached any more"
        elif isinstance(error, DBAPIError) and error.connection_invalidated:
            said = str(error.orig).strip().split("\n")[0]
        elif isinstance(error, ConnectionLostError):
            said = error.said
        error = error.__cause__ or error.__context__
    return said


@contextmanager
def told(what: str, hint: Callable[[], str | None], *, instead: bool = False) -> Iterator[None]:
    """A block in which a connection to `what` may break; `hint` is asked then what was done and what was not.

    Raises ConnectionLostError; whatever else goes wrong passes as it is, and so do the loss of the deployer's
    lock, and what somebody further in has raised, who knows more, unless this is to be said `instead`.
    """
    try:
        yield
    except Exception as error:
        if (said := lost(error)) is None or isinstance(error, LockedError):
            raise
        if isinstance(error, ConnectionLostError) and not instead:
            raise
        raise ConnectionLostError(f"the connection to {what} broke: {said}", said=said, hint=hint()) from error
