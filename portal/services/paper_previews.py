"""Who of a selection gets a reminder, or a co-borrower's notice, and who drops out: before anything is issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from models.rules.refusals import Refused
from portal.actors import Act
from portal.queries.borrower_filters import Filters
from portal.queries.paper_candidates import Candidate, Joint, Remindable, joint, remindable
from portal.services.co_borrower_drafts import out_of_turn
from portal.services.drop_outs import Exceptions, by_reason, unprintable
from portal.services.notice_drafts import not_owing, too_old
from portal.services.paper_drafts import no_reminder
from portal.services.paper_words import Target


@dataclass(frozen=True, slots=True)
class Judged:
    """One paper of a selection; ``refusal`` says why it is not made."""

    candidate: Candidate
    refusal: Refused | None

    @property
    def target(self) -> Target:
        """Whose paper it would be."""
        one = self.candidate
        if isinstance(one, Joint):
            return Target(one.borrower_id, one.demand.notice_id, one.number)
        return Target(one.borrower_id)


@dataclass(frozen=True, slots=True)
class Preview:
    """A selection, in the order of the walk."""

    judged: tuple[Judged, ...]

    @property
    def ready(self) -> tuple[Judged, ...]:
        """Who gets a paper."""
        return tuple(one for one in self.judged if one.refusal is None)

    @property
    def rounds(self) -> tuple[tuple[int, date, int], ...]:
        """How many reminders of each round and due day."""
        found = [
            (one.candidate.round, one.candidate.due.due_on)
            for one in self.ready
            if isinstance(one.candidate, Remindable) and one.candidate.due.due_on is not None
        ]
        return tuple((*each, found.count(each)) for each in sorted(set(found)))

    @property
    def exceptions(self) -> tuple[Exceptions[Judged], ...]:
        """Who drops out, by reason, the most frequent first."""
        return by_reason(self.judged)


def reminders(session: Session, *, act: Act, filters: Filters, fresh_days: int) -> Preview:
    """Judge every borrower of a list who is within the actor's reach and not paid off."""
    found = remindable(session, act.person, act.today, filters)
    return Preview(
        tuple(Judged(one, no_reminder(one.due, act.today, fresh_days) or _unprintable(one)) for one in found)
    )


def co_borrowers(session: Session, *, act: Act, notice_batch_id: int, fresh_days: int) -> Preview:
    """Judge every co-borrower whom the open notices of a batch name, within the actor's reach."""
    found = joint(session, act.person, act.today, notice_batch_id)
    return Preview(tuple(Judged(one, _no_demand(one, act.today, fresh_days) or _unprintable(one)) for one in found))


def _no_demand(one: Joint, today: date, fresh_days: int) -> Refused | None:
    return (
        out_of_turn(one.demand, one.before, today)
        or not_owing(one.due.state, one.due.paused)
        or too_old(one.due.data_on, today, fresh_days)
    )


def _unprintable(one: Candidate) -> Refused | None:
    said = (one.demand.said.borrower_name,) if isinstance(one, Joint) else ()
    return unprintable(one.address, (one.name, one.about, one.place, *said))
