"""Words for why a list and our ledger differ, with what each means and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.monthly_statements import StatementState
from models.rules.reconciliation import DifferenceCause

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    StatementState: {
        StatementState.SIGNED: _l("signed, waits for the aid centre"),
        StatementState.CLOSED: _l("countersigned and closed"),
        StatementState.RETURNED: _l("returned"),
    },
    DifferenceCause: {
        DifferenceCause.LATE_POSTING: _l("a payment posted late"),
        DifferenceCause.UNREPORTED_PAYMENT: _l("a payment not reported to us"),
        DifferenceCause.WAIVER: _l("a waiver or deferral"),
        DifferenceCause.DAY_COUNT: _l("another count of days"),
        DifferenceCause.PENALTY: _l("only the penalty"),
        DifferenceCause.UNKNOWN: _l("no cause found"),
    },
}

MEANINGS: Mapping[DifferenceCause, Any] = {
    DifferenceCause.LATE_POSTING: _l(
        "We hold a payment that the lender had not settled when the list was made, or the list before did not have it."
    ),
    DifferenceCause.UNREPORTED_PAYMENT: _l(
        "The list has less than our ledger, by whole instalments or as a payment would leave it."
    ),
    DifferenceCause.WAIVER: _l("A waiver or deferral we hold is worth the difference: one side has not applied it."),
    DifferenceCause.DAY_COUNT: _l(
        "The interest agrees when days are counted by another convention, or with one end less or more."
    ),
    DifferenceCause.PENALTY: _l("Principal and interest agree; the lender charges another penalty."),
    DifferenceCause.UNKNOWN: _l("Nothing we hold explains the difference."),
}

STEPS: Mapping[DifferenceCause, Any] = {
    DifferenceCause.LATE_POSTING: _l("Nothing: the next list settles it. Do not demand the money again meanwhile."),
    DifferenceCause.UNREPORTED_PAYMENT: _l("Ask the lender for the repayments of the time since the list before."),
    DifferenceCause.WAIVER: _l("Ask the lender whether the relief is entered on its side, and from which day."),
    DifferenceCause.DAY_COUNT: _l("Compare the day count in the lender's profile with the contract; the list holds."),
    DifferenceCause.PENALTY: _l("Compare the penalty rate in the lender's profile; the list holds."),
    DifferenceCause.UNKNOWN: _l("Ask the lender for the account of this contract before a notice is issued."),
}
