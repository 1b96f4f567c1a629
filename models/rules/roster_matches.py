"""Is a former pupil on a school's roster a borrower of ours? Only a person says so; this finds who might be.

An identity number that agrees is the same person. Without one, name, birth date and village must all agree; a name
and a village alone name too many people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.rules.refusals import Refused


class MatchedBy(StrEnum):
    """What agrees."""

    ID_NUMBER = "id_number"
    NAME_BIRTH_VILLAGE = "name_birth_village"


class MatchState(StrEnum):
    """Where a suggestion stands."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"  # somebody else, or wrong


class MatchStep(StrEnum):
    """What a person says of a suggestion."""

    CONFIRM = "confirm"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Pupil:
    """A row of a roster, as far as it is compared. ``village`` holds the ids of the villages its name may mean."""

    name: str
    id_number: str | None
    born_on: date | None
    villages: frozenset[int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A borrower who might be the pupil."""

    borrower_id: int
    name: str
    id_number: str
    born_on: date
    village_id: int


def match(pupil: Pupil, candidates: Iterable[Candidate]) -> tuple[int, MatchedBy] | None:
    """Return the borrower a pupil may be and what agrees; ``None`` for nobody we know.

    Raises:
        Refused: the identity number is that of somebody with another name, or several borrowers fit.

    """
    found = list(candidates)
    if pupil.id_number is not None:
        same = next((one for one in found if one.id_number == pupil.id_number), None)
        if same is None:
            return None  # whoever has another number is another person
        if same.name != pupil.name:
            raise Refused("The borrower of this identity number has another name: check both.")
        return same.borrower_id, MatchedBy.ID_NUMBER
    fitting = [
        one
        for one in found
        if one.name == pupil.name and one.born_on == pupil.born_on and one.village_id in pupil.villages
    ]
    if len(fitting) > 1:
        raise Refused("Several borrowers of this village have this name and birth date: give the identity number.")
    return (fitting[0].borrower_id, MatchedBy.NAME_BIRTH_VILLAGE) if fitting else None
