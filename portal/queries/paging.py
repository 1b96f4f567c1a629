"""Long lists shown a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE = 50
"""Rows of a page."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """One page of a list.

    Args:
        rows: of this page.
        total: rows of the whole list.
        page: which page this is, from 1.

    """

    rows: tuple[Row, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return pages_of(self.total)


def pages_of(total: int) -> int:
    """Return how many pages a list fills; an empty list has one."""
    return max(1, -(-total // PAGE))
