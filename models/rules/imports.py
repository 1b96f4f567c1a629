"""Words of an import: which lists there are, what becomes of a row, where a batch stands."""

from __future__ import annotations

from enum import StrEnum


class ImportKind(StrEnum):
    """The kinds of list that can be imported."""

    ORGANISATION = "organisation"
    ROSTER = "roster"
    ARREARS = "arrears"
    REPAYMENTS = "repayments"


class RowOutcome(StrEnum):
    """What a row would do to what we hold."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class ImportState(StrEnum):
    """Where an import stands."""

    RECEIVED = "received"  # stored, not yet read
    UNREADABLE = "unreadable"  # refused as a whole; ``refusal`` says why
    STAGED = "staged"  # read and checked; waiting for confirmation
    APPLIED = "applied"
    DISCARDED = "discarded"  # never applied, or applied and taken back


class ImportStep(StrEnum):
    """The pieces of work on an import that are jobs."""

    COMPARE = "compare"
    APPLY = "apply"
    UNDO = "undo"


class Phase(StrEnum):
    """What a job on an import is at."""

    READ = "read"
    CHECK = "check"
    WRITE = "write"
    STANDINGS = "standings"


KIND_IS_OPEN = "kind_is_open"
"""Among the facts of an import: nobody has said yet what it is."""
