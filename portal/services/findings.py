"""What a check of the data finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: which, at which row (``noun/id``), and how."""

    rule: str
    subject: str
    what: str
