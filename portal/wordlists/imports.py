"""Words for the codes of imports."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.imports import DestructionCause, ImportKind, ImportState, ImportStep, RowOutcome
from models.rules.roster_matches import MatchedBy, MatchState

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    ImportKind: {
        ImportKind.ARREARS: _l("arrears list"),
        ImportKind.REPAYMENTS: _l("repayment list"),
        ImportKind.ROSTER: _l("roster of contracts"),
        ImportKind.ORGANISATION: _l("organisation"),
        ImportKind.RELIEFS: _l("list of reliefs and deferrals"),
        ImportKind.CONTACTS: _l("list of contact details"),
        ImportKind.SCHOOL_ROSTER: _l("school's roster of former pupils"),
    },
    RowOutcome: {
        RowOutcome.NEW: _l("new rows"),
        RowOutcome.CHANGED: _l("changed rows"),
        RowOutcome.UNCHANGED: _l("unchanged rows"),
        RowOutcome.REJECTED: _l("wrong rows"),
        RowOutcome.UNMATCHED: _l("rows of nobody we know"),
    },
    ImportState: {
        ImportState.RECEIVED: _l("received"),
        ImportState.UNREADABLE: _l("refused"),
        ImportState.STAGED: _l("waits for confirmation"),
        ImportState.APPLIED: _l("applied"),
        ImportState.DISCARDED: _l("discarded"),
    },
    DestructionCause: {
        DestructionCause.NOT_KEPT: _l("nothing is kept of pupils who are no borrowers"),
        DestructionCause.CLOCK_RAN_OUT: _l("the time of keeping is over"),
    },
    MatchedBy: {
        MatchedBy.ID_NUMBER: _l("same identity number"),
        MatchedBy.NAME_BIRTH_VILLAGE: _l("same name, birth date and village"),
    },
    MatchState: {
        MatchState.SUGGESTED: _l("waits to be confirmed"),
        MatchState.CONFIRMED: _l("confirmed: the same person"),
        MatchState.REFUSED: _l("refused: another person"),
    },
    ImportStep: {
        ImportStep.COMPARE: _l("The list is being read and compared with what we hold."),
        ImportStep.APPLY: _l("The list is being applied."),
        ImportStep.UNDO: _l("The list is being taken back."),
    },
}
