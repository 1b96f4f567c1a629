"""The garbage collector kept from looking through the rows of a list again and again: they stand in no cycle.

Rows are freed as their last reference goes. Looking for cycles among them after each 700 new ones took a seventh of the
processor time of a roster of ten thousand contracts.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_NEW_OBJECTS = 200_000  # between two looks: what cycles other threads leave meanwhile stays bounded

_lock = Lock()
_found: list[tuple[int, int, int]] = []  # the thresholds as they were, once for each list that is being worked on


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector look seldom while a list is worked on; several may be at once."""
    with _lock:
        _found.append(_found[0] if _found else gc.get_threshold())
        gc.set_threshold(_NEW_OBJECTS, *_found[0][1:])
    try:
        yield
    finally:
        with _lock:
            was = _found.pop()
            if not _found:
                gc.set_threshold(*was)
