"""Long lists cut into pieces: what one statement can hold, or what is held in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
OF_A_STATEMENT = 1_000  # ids that an IN list holds on every database


def chunks(items: Iterable[T], size: int = OF_A_STATEMENT) -> Iterator[Sequence[T]]:
    """Yield the items in order, so many at a time."""
    held = items if isinstance(items, (list, tuple)) else list(items)
    for start in range(0, len(held), size):
        yield held[start : start + size]
