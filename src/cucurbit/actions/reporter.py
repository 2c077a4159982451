"""Who is told of a migration while it goes on. Imports nothing: a command derives its own from it."""

from __future__ import annotations


class Reporter:
    """This one keeps silent; a command says what it is told."""

    def begin(self, steps: list[tuple[str, bool]]) -> None:
        """The revisions that are to be run, before the first; each with whether it goes up."""

    def revision(self, name: str, is_upgrade: bool, done: bool) -> None:
        """A revision begins, or is done."""

    def waits(self, text: str) -> None:
        """What is waited for: another process that migrates, or somebody's lock."""

    def note(self, text: str) -> None:
        """What was written into the ledger before the first revision, or is overwritten."""

    def set_aside(self, identities: list[str]) -> None:
        """At the end, what was taken down for the sake of something else, and put back."""

    def unseen(self, routines: list[str]) -> None:
        """At the end, which routines mention what was made anew in a body that nobody can look into."""
