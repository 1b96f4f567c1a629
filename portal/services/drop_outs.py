"""Who drops out of papers made together, and why: what notices, reminders and co-borrowers' notices have in common.

More drops out of a batch than of one paper made by hand: without an address it cannot be walked to, and a character
the faces lack would fail the paper and make its number void.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

from models.notices import NoticeBatchItem
from models.papers import PaperBatchItem
from models.rules.refusals import NotVisible, Refused
from models.rules.sentences import N_
from notices import faces

FIRST = 10
"""How many are shown in full before issue."""

_NOT_YOURS = N_("The person is no longer among those you look after.")


class MayDropOut(Protocol):
    """Somebody judged before issue; ``refusal`` says why nothing is made."""

    @property
    def refusal(self) -> Refused | None:
        """Why not."""


Judged = TypeVar("Judged", bound=MayDropOut)


@dataclass(frozen=True, slots=True)
class Exceptions(Generic[Judged]):
    """People who drop out for one reason; ``values`` fill its sentence, a span or an ellipsis where theirs differ."""

    sentence: str
    values: dict[str, object]
    people: tuple[Judged, ...]


def by_reason(judged: Iterable[Judged]) -> tuple[Exceptions[Judged], ...]:
    """Return who drops out, by reason, the most frequent first."""
    reasons: dict[str, list[Judged]] = {}
    values: dict[str, dict[str, list[object]]] = {}
    for one in judged:
        if one.refusal is not None:
            reasons.setdefault(one.refusal.sentence, []).append(one)
            shared = values.setdefault(one.refusal.sentence, {})
            for name, value in one.refusal.values.items():
                shared.setdefault(name, []).append(value)
    groups = [
        Exceptions(sentence, {name: _together(all_of) for name, all_of in values[sentence].items()}, tuple(people))
        for sentence, people in reasons.items()
    ]
    return tuple(sorted(groups, key=lambda group: -len(group.people)))


def _together(values: list[object]) -> object:
    """Return the one value there is; of days the first and the last; of anything else an ellipsis."""
    days = sorted({value for value in values if isinstance(value, date)})
    if len(days) > 1:
        return f"{days[0].isoformat()}–{days[-1].isoformat()}"
    return values[0] if all(value == values[0] for value in values) else "…"


def unprintable(address: str, texts: Iterable[str]) -> Refused | None:
    """Return why a paper that may be issued could not be made, or not be brought to a door.

    Args:
        address: of the door.
        texts: what would be printed, as it was typed somewhere.

    """
    if not address.strip():
        return Refused(
            N_("No address is known: find it out and verify it; until then a notice can only be issued singly.")
        )
    known = faces.printable()
    for sign in "".join((address, *texts)):
        if ord(sign) not in known:
            return Refused(
                N_("The type face lacks “%(character)s” (%(code_point)s): this notice has to be made by hand."),
                character=sign,
                code_point=f"U+{ord(sign):04X}",
            )
    return None


def for_a_person(error: Refused | NotVisible) -> Refused:
    """Return a refusal with a sentence, also for somebody who is out of reach by now."""
    return error if isinstance(error, Refused) else Refused(_NOT_YOURS)


def write_reason(item: NoticeBatchItem | PaperBatchItem, refusal: Refused) -> None:
    """Write down why somebody dropped out of a batch."""
    item.dropped_reason = refusal.sentence[:300]
    item.dropped_values = {name: str(value) for name, value in refusal.values.items()}
