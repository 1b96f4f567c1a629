"""Told how far the work on a list is; may stop it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

from models.rules.imports import Phase

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_EVERY = 1_000  # rows between two looks


class Listed(Protocol[T_co]):
    """What has a length and can be gone through."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[T_co]: ...


class Watch:
    """Watches nothing: for work that nobody looks at."""

    def at(self, phase: Phase, done: int = 0, total: int = 0) -> None:
        """Take note of where the work is.

        Raises:
            Stopped: it is to stop here; the transaction it is in is taken back.

        """

    def over(self, phase: Phase, items: Listed[T], every: int = _EVERY) -> Iterator[T]:
        """Hand out items one by one, looking up now and then."""
        for number, item in enumerate(items):
            if number % every == 0:
                self.at(phase, number, len(items))
            yield item


UNWATCHED = Watch()
