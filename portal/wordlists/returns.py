"""Words for the codes of returns and scanned receipts."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.returns import ReturnOutcome
from models.rules.scans import ScanState, ScanTrouble

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    ReturnOutcome: {
        ReturnOutcome.SIGNED_SELF: _l("signed by the borrower"),
        ReturnOutcome.SIGNED_CO_BORROWER: _l("signed by the co-borrower"),
        ReturnOutcome.SIGNED_RELATIVE: _l("signed by an adult relative living together"),
        ReturnOutcome.LEFT: _l("not signed, left before witnesses or with a photo"),
        ReturnOutcome.REFUSED: _l("refused, taken back"),
        ReturnOutcome.MOVED: _l("moved away"),
        ReturnOutcome.NOBODY_HOME: _l("nobody was at home"),
        ReturnOutcome.WRONG_PERSON: _l("wrong person or address"),
        ReturnOutcome.SAYS_PAID: _l("says it is paid already"),
        ReturnOutcome.CAME_BACK: _l("the letter or message came back"),
    },
    ScanState: {
        ScanState.FILED: _l("filed"),
        ScanState.WAITING: _l("waits until the service is recorded"),
        ScanState.TO_ASSIGN: _l("to be assigned by hand"),
        ScanState.SET_ASIDE: _l("set aside"),
    },
    ScanTrouble: {
        ScanTrouble.NO_CODE: _l("No square code of ours was found on the page."),
        ScanTrouble.SEVERAL_CODES: _l(
            "The page bears codes of several notices: scan each receipt on a page of its own."
        ),
        ScanTrouble.NOT_OURS: _l("The code belongs to no notice you may see."),
        ScanTrouble.NOT_SERVED: _l("The notice was called back, or its attempt says it was not handed over."),
        ScanTrouble.DUPLICATE: _l("The same picture is filed with another notice already."),
        ScanTrouble.UNREADABLE: _l("The page could not be read."),
    },
}
