"""Words of scanned receipts: where a page of a bundle stands, and why one could not be filed by itself."""

from __future__ import annotations

from enum import StrEnum

MOST_PAGES = 200
"""Pages in one bundle."""


class ScanState(StrEnum):
    """Where a scanned page stands."""

    FILED = "filed"  # with its notice's attempt to serve
    WAITING = "waiting"  # its notice is known; no attempt to serve it is recorded yet
    TO_ASSIGN = "to_assign"  # a person has to say which notice it belongs to
    SET_ASIDE = "set_aside"  # belongs to no notice: a blank page, a sheet scanned by mistake


class ScanTrouble(StrEnum):
    """Why a page could not be filed by itself."""

    NO_CODE = "no_code"
    SEVERAL_CODES = "several_codes"
    NOT_OURS = "not_ours"  # a code of ours it is not, or of somebody else's borrower: both look alike
    NOT_SERVED = "not_served"  # the notice was called back, or its attempt says it was not handed over
    DUPLICATE = "duplicate"  # the very same picture is filed with another notice
    UNREADABLE = "unreadable"
