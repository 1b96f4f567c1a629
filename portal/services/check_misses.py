"""Slows down whoever tries codes on the public check page.

Kept in the memory of each process, not in a table: the page is open to everybody, and a visitor must not be able to
make the portal write. A code has 45 bits and its own check characters, so guessing is hopeless even at several times
this rate; the limit keeps the page from being hammered. Only codes that are not ours count, since many families
share one address of a mobile network and must be able to check theirs.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

ALLOWED = 20
WINDOW = timedelta(minutes=10)
_SOURCES = 10_000  # remembered at most; the one not heard of for longest is forgotten first


class Misses:
    """Codes that were not ours, by source, in one process."""

    def __init__(self) -> None:
        self._by_source: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def too_many(self, source: str, at: datetime) -> bool:
        """Say whether the source has used up its wrong codes for now."""
        with self._lock:
            return len(self._recent(source, at)) >= ALLOWED

    def add(self, source: str, at: datetime) -> None:
        """Count one wrong code."""
        with self._lock:
            recent = self._recent(source, at)
            recent.append(at)
            self._by_source[source] = recent
            self._by_source.move_to_end(source)
            while len(self._by_source) > _SOURCES:
                self._by_source.popitem(last=False)

    def _recent(self, source: str, at: datetime) -> deque[datetime]:
        moments = self._by_source.get(source, deque(maxlen=ALLOWED))
        while moments and at - moments[0] > WINDOW:
            moments.popleft()
        return moments
