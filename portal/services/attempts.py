"""One attempt to serve a paper as it was told: checked, weighed, written down, and the task it leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.casework import Task
from models.rules.notices import NEXT_TASK, FailureReason
from models.rules.proof_of_service import DELIVERERS, Verdict, judge
from models.rules.refusals import Refused
from models.rules.sentences import N_
from models.rules.service_of_notice import Proofs, ServiceMethod, SignerRelation, Strength
from models.rules.standing import StandingState
from models.rules.workflows import NoticeState
from models.standings import BorrowerStanding
from notices.photos import CleanPhoto
from portal.actors import Act

FLAGS = (
    "signed",
    "lives_together",
    "authorisation_seen",
    "arrival_confirmed",
    "address_confirmed",
    "returned",
    "whereabouts_unknown",
    "provincial_or_national",
)
"""Yes-or-no proofs, by their names in ``models.rules.service_of_notice.Proofs``."""

OF_BORROWER = N_("A notice could not be served.")
OF_CO_BORROWER = N_("A co-borrower's notice could not be served.")
"""Why there is a task to be done next."""
_CLOCK_TOLERANCE = timedelta(minutes=5)  # phones and servers differ


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to serve, as the person who made it tells it.

    Attributes:
        at: when, with a time zone.
        was_served: whether the paper was handed over, left, or sent.
        method: how.
        failure: why not, when it was not served.
        flags: names out of ``FLAGS``.

    Other fields as in ``models.rules.service_of_notice.Proofs``.

    """

    at: datetime
    was_served: bool
    method: ServiceMethod
    failure: FailureReason | None = None
    signer_name: str = ""
    signer_relation: SignerRelation | None = None
    place: str = ""
    second_visitor: str = ""
    witnesses: tuple[str, ...] = ()
    post_number: str = ""
    publication: str = ""
    refusal_reason: str = ""
    note: str = ""
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of an attempt; ``do_not_serve``: the debt is gone, the notice is called back, nothing was recorded.

    ``state``: of the paper afterwards.
    """

    do_not_serve: bool
    state: NoticeState
    verdict: Verdict | None = None
    service_id: int | None = None


def is_overdue(session: Session, borrower_id: int) -> bool:
    """Say whether a borrower stands overdue: who is not is served no notice, and neither are co-borrowers."""
    state = session.scalars(select(BorrowerStanding.state).where(BorrowerStanding.borrower_id == borrower_id))
    return state.one_or_none() is StandingState.OVERDUE


def check(act: Act, issued_on: date, attempt: Attempt) -> None:
    """Refuse what cannot be.

    Raises:
        Refused: the time cannot be right, or nothing says why the paper was not served.

    """
    if attempt.at > act.at + _CLOCK_TOLERANCE:
        raise Refused("The time of service lies in the future; correct it.")
    if attempt.at.astimezone(COUNTY_TIME).date() < issued_on:
        raise Refused("The notice was issued on %(day)s; it cannot have been served before.", day=issued_on)
    if not attempt.was_served and attempt.failure is None:
        raise Refused("Say why the notice was not served.")


def weigh(
    attempt: Attempt, photos: Sequence[CleanPhoto], judge: Callable[[ServiceMethod, Proofs], Verdict] = judge
) -> Verdict:
    """Weigh the proofs of an attempt by the rule for whom the paper is addressed to."""
    if not attempt.was_served:
        return Verdict(Strength.VOID, (N_("It was not served."),), (N_("Serve it again, another way if need be."),))
    return judge(
        attempt.method,
        Proofs(
            signer_relation=attempt.signer_relation,
            signer_name=attempt.signer_name,
            witnesses=attempt.witnesses,
            deliverers=DELIVERERS if attempt.second_visitor.strip() else 1,
            photo_sha256=photos[0].sha256 if photos else "",
            refusal_reason=attempt.refusal_reason,
            post_number=attempt.post_number,
            publication=attempt.publication,
            **dict.fromkeys(attempt.flags & frozenset(FLAGS), True),
        ),
    )


def columns(act: Act, attempt: Attempt, verdict: Verdict) -> dict[str, Any]:
    """Return an attempt and what its proofs are worth as the columns of ``models.attempts.ServiceAttempt``."""
    return {
        "at": attempt.at,
        "logged_at": act.at,
        "by_id": act.person.user_id,
        "was_served": attempt.was_served,
        "method": attempt.method,
        "signer_name": attempt.signer_name.strip()[:60],
        "signer_relation": attempt.signer_relation,
        "place": attempt.place.strip()[:120],
        "second_visitor": attempt.second_visitor.strip()[:40],
        "witnesses": [name.strip()[:40] for name in attempt.witnesses if name.strip()],
        "post_number": attempt.post_number.strip()[:40],
        "publication": attempt.publication.strip()[:80],
        "refusal_reason": attempt.refusal_reason.strip()[:300],
        "failure": attempt.failure,
        "note": attempt.note.strip()[:300],
        "proofs": sorted(attempt.flags & frozenset(FLAGS)),
        "strength": verdict.strength,
        "verdict": {"reasons": list(verdict.reasons), "mends": list(verdict.mends)},
    }


def ask_next(session: Session, act: Act, borrower_id: int, failure: FailureReason, reason: str) -> None:
    """Leave the task a failed attempt leads to, if it leads to one, unless the same is open."""
    if failure not in NEXT_TASK:
        return
    kind = NEXT_TASK[failure]
    is_open = session.scalars(
        select(Task.id)
        .where(Task.borrower_id == borrower_id, Task.kind == kind, Task.reason == reason, Task.done_at.is_(None))
        .limit(1)
    ).one_or_none()
    if is_open is None:
        session.add(
            Task(
                borrower_id=borrower_id,
                kind=kind,
                due_on=act.today + timedelta(days=1),
                reason=reason,
                created_at=act.at,
            )
        )
