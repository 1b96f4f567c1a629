"""The word a person reads for a code the portal stores."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from portal.wordlists import (
    backups,
    casework,
    escalations,
    handovers,
    imports,
    interest_rates,
    jobs,
    lenders,
    limitation,
    loans,
    notices,
    papers,
    people,
    publicity,
    reconciliations,
    returns,
    suspicions,
)

WORDS: dict[type[StrEnum], Mapping[Any, Any]] = {
    kind: words
    for module in (
        backups,
        casework,
        escalations,
        handovers,
        imports,
        interest_rates,
        jobs,
        lenders,
        limitation,
        loans,
        notices,
        papers,
        people,
        publicity,
        reconciliations,
        returns,
        suspicions,
    )
    for kind, words in module.WORDS.items()
}


def word(value: StrEnum | None) -> str:
    """Return the word for a stored code in the reader's language; a dash for none.

    Raises:
        KeyError: the code has no word yet; a test finds it before a reader does.

    """
    return "—" if value is None else str(WORDS[type(value)][value])


def choices(kind: type[StrEnum]) -> list[tuple[str, Any]]:
    """Return (code, word) for a form's select, in the order of the list of words."""
    return [(code.value, label) for code, label in WORDS[kind].items()]
