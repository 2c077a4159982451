"""A bound: one promise, the figure measured and the largest allowed."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """What the promise is about, the figure measured and the largest allowed."""

    name: str
    measured: float
    allowed: float

    @property
    def kept(self) -> bool:
        return self.measured <= self.allowed

    def __str__(self) -> str:
        word = "kept" if self.kept else "BROKEN"
        return f"{word:<8}{self.name:<68}{self.measured:>10.4g}  (at most {self.allowed:.4g})"


def judge(bounds: Iterable[Bound]) -> int:
    """Print every bound and return the exit code: 0 all are kept, 1 one is broken."""
    judged = list(bounds)
    print(*judged, sep="\n")
    return 0 if all(bound.kept for bound in judged) else 1
