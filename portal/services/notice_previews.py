"""Who of a selection gets a notice and who drops out, with the reason: before anything is issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from models.rules.notices import PAY_BY_WORKING_DAYS, NoticeLevel, level_after
from models.rules.refusals import Refused
from portal.actors import Act
from portal.queries.notice_batches import Place, candidates
from portal.queries.notice_facts import Dossier, working_days
from portal.services.drop_outs import Exceptions, by_reason, unprintable
from portal.services.notice_drafts import obstacle


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
    def exceptions(self) -> tuple[Exceptions[Judged], ...]:
        """Who drops out, by reason, the most frequent first."""
        return by_reason(self.judged)


def preview(session: Session, *, act: Act, where: Place, fresh_days: int) -> Preview:
    """Judge everybody of a selection within the actor's reach, as the issue would today."""
    found = candidates(session, act.person, act.today, where)
    return Preview(
        tuple(Judged(one, obstacle(one, act.today, fresh_days) or _unprintable(one)) for one in found),
        working_days(session).add(act.today, PAY_BY_WORKING_DAYS),
    )


def _unprintable(one: Dossier) -> Refused | None:
    return unprintable(one.address, (one.name, one.place, one.school, *(name for name, _kin in one.co_borrowers)))
