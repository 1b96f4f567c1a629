"""Who of a selection gets a notice and who drops out, with the reason: before anything is issued.

More drops out of a batch than of one notice issued by hand: a paper without an address cannot be walked to, and a
character the faces lack would fail the paper and make its number void.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from models.rules.notices import PAY_BY_WORKING_DAYS, NoticeLevel, level_after
from models.rules.refusals import Refused
from models.rules.sentences import N_
from notices import faces
from portal.actors import Act
from portal.queries.notice_batches import Place, candidates
from portal.queries.notice_facts import Dossier, working_days
from portal.services.notice_drafts import obstacle

FIRST = 10
"""How many are shown in full before issue."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One person of a selection; ``refusal`` says why no notice is issued."""

    dossier: Dossier
    refusal: Refused | None

    @property
    def level(self) -> NoticeLevel:
        """Which notice would be next."""
        return level_after(self.dossier.served)


@dataclass(frozen=True, slots=True)
class Exceptions:
    """People who drop out for one reason."""

    sentence: str
    people: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A selection, in the order of the walk."""

    judged: tuple[Judged, ...]
    pay_by: date

    @property
    def ready(self) -> tuple[Judged, ...]:
        """Who gets a notice."""
        return tuple(one for one in self.judged if one.refusal is None)

    @property
    def levels(self) -> tuple[tuple[NoticeLevel, int], ...]:
        """How many notices of each level."""
        found = [one.level for one in self.ready]
        return tuple((level, found.count(level)) for level in NoticeLevel if level in found)

    @property
    def exceptions(self) -> tuple[Exceptions, ...]:
        """Who drops out, by reason, the most frequent first."""
        by_reason: dict[str, list[Judged]] = {}
        for one in self.judged:
            if one.refusal is not None:
                by_reason.setdefault(one.refusal.sentence, []).append(one)
        groups = [Exceptions(sentence, tuple(people)) for sentence, people in by_reason.items()]
        return tuple(sorted(groups, key=lambda group: -len(group.people)))


def preview(session: Session, *, act: Act, where: Place, fresh_days: int) -> Preview:
    """Judge everybody of a selection within the actor's reach, as the issue would today."""
    found = candidates(session, act.person, act.today, where)
    return Preview(
        tuple(Judged(one, obstacle(one, act.today, fresh_days) or _unprintable(one)) for one in found),
        working_days(session).add(act.today, PAY_BY_WORKING_DAYS),
    )


def _unprintable(one: Dossier) -> Refused | None:
    """Return why a paper that may be issued could not be made, or not be brought to a door."""
    if not one.address.strip():
        return Refused(
            N_("No address is known: find it out and verify it; until then a notice can only be issued singly.")
        )
    known = faces.printable()
    texts = (one.name, one.address, one.place, one.school, *(name for name, _kin in one.co_borrowers))
    for sign in "".join(texts):
        if ord(sign) not in known:
            return Refused(
                N_("The type face lacks “%(character)s” (%(code_point)s): this notice has to be made by hand."),
                character=sign,
                code_point=f"U+{ord(sign):04X}",
            )
    return None
