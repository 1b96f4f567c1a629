"""Words of an import: which lists there are, what becomes of a row, where a batch stands."""

from __future__ import annotations

from enum import StrEnum

MOST_GONE_PCT = 50
"""How many per cent of a lender's list may be missing from its next one without a person saying so: ours, no law's."""


def asks_about_gone(gone: int, before: int) -> bool:
    """Say whether so much of the list before is not on a new one that a person has to say that it is so.

    Args:
        gone: contracts of the list before that are not on the new one.
        before: contracts of the list before.

    """
    return 100 * gone > MOST_GONE_PCT * before


class ImportKind(StrEnum):
    """The kinds of list that can be imported."""

    ORGANISATION = "organisation"
    ROSTER = "roster"
    ARREARS = "arrears"
    REPAYMENTS = "repayments"
    RELIEFS = "reliefs"
    CONTACTS = "contacts"
    SCHOOL_ROSTER = "school_roster"  # a school's former pupils, to be matched with borrowers


class RowOutcome(StrEnum):
    """What a row would do to what we hold."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    UNMATCHED = "unmatched"  # of a school's roster: nobody we know


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


class DestructionCause(StrEnum):
    """Why the copies of a list are destroyed."""

    NOT_KEPT = "not_kept"  # of pupils who are no borrowers nothing is kept
    CLOCK_RAN_OUT = "clock_ran_out"  # the years of keeping are over, and two people said so


KIND_IS_OPEN = "kind_is_open"
"""Among the facts of an import: nobody has said yet what it is."""
