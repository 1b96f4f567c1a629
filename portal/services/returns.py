"""Returns of a walk: noted code by code, undone while it costs nothing, then filed as attempts to serve.

What is noted is a draft of its own, so the last can be taken back without touching the record of evidence. Filing
records each as its own attempt, with the balance looked at again; one that cannot be recorded stays with the reason
and the rest goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower, CoBorrower
from models.notices import Notice
from models.papers import IssuedPaper
from models.returns import ReturnEntry, ReturnRound
from models.rules.notices import FailureReason
from models.rules.refusals import NotVisible, Refused
from models.rules.returns import MEANINGS, MOST_ENTRIES, Misread, ReturnOutcome, read_line
from models.rules.sentences import N_
from models.rules.workflows import NoticeState
from notices.addressed import CoBorrowerContent
from portal.actors import Act
from portal.services import return_lines, service_of_notice, service_of_paper
from portal.services.attempts import Attempt

_PAID = N_("Nothing is overdue any more: the notice is called back and no service is recorded.")
_MISREAD = {
    Misread.EMPTY: N_("Scan or type a code first."),
    Misread.NOT_A_CODE: N_(
        "This is no code of a notice: it has six or eight characters on the route sheet, twelve on the paper."
    ),
    Misread.MISTYPED: N_("The code is mistyped: its check character does not fit. Compare it with the paper."),
}


class OutcomeMissing(Refused):
    """The code is understood; how it went is not said yet."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What holds for every notice of a round: when, in whose company, before which witnesses."""

    walked_at: datetime
    second_visitor: str = ""
    witness_1: str = ""
    witness_2: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """What was noted: the entry, the outcome, and the one it replaces, if the paper was noted before."""

    entry_id: int
    outcome: ReturnOutcome
    before: ReturnOutcome | None


@dataclass(frozen=True, slots=True)
class Filed:
    """How many notices of a round were served, were not, and could not be recorded."""

    round_id: int
    served: int
    not_served: int
    refused: int


def begin(session: Session, *, act: Act, walk: Walk) -> ReturnRound:
    """Begin a round, or change what holds for the open one.

    Raises:
        Refused: the time lies in the future.

    """
    if walk.walked_at > act.at:
        raise Refused("The time of the walk lies in the future; correct it.")
    found = _open(session, act)
    if found is None:
        found = ReturnRound(by_id=act.person.user_id, started_at=act.at)
        session.add(found)
    found.walked_at = walk.walked_at
    found.second_visitor = walk.second_visitor.strip()[:40]
    found.witness_1, found.witness_2 = walk.witness_1.strip()[:40], walk.witness_2.strip()[:40]
    session.flush()
    return found


def note(session: Session, *, act: Act, text: str) -> Noted:
    """Note how it went with one notice of the open round; noting it again corrects it.

    Args:
        session: a writing session.
        act: who returns.
        text: a code, scanned or typed, then the key of the outcome (``models.rules.returns.KEYS``), then perhaps a
            remark.

    Raises:
        NotVisible: no round is open.
        OutcomeMissing: the code is understood, the key is missing or unknown.
        Refused: the code is mistyped, unknown or closed, with what is the matter.

    """
    found = _must_be_open(session, act)
    line = read_line(text, act.today.year)
    if line.misread is not None:
        raise Refused(_MISREAD[line.misread])
    notice, paper = return_lines.named(session, act, line)
    return_lines.check_open(session, found.walked_at, notice, paper)
    if line.outcome is None:
        raise OutcomeMissing(
            N_("%(serial)s is found. How did it go? Type the key of the outcome, then Enter."),
            serial=paper.serial if paper else notice.serial,
        )
    if paper is not None and line.outcome is ReturnOutcome.SIGNED_SELF:
        raise OutcomeMissing(
            N_(
                "%(serial)s is the co-borrower's. Type 2 if the co-borrower signed, 3 if the borrower or another adult "
                "relative did who lives with them."
            ),
            serial=paper.serial,
        )
    entry = session.scalars(
        select(ReturnEntry).where(
            ReturnEntry.round_id == found.id,
            ReturnEntry.notice_id == notice.id,
            ReturnEntry.paper_id.is_not_distinct_from(paper.id if paper else None),
        )
    ).one_or_none()
    before = entry.outcome if entry is not None else None
    if entry is None:
        held = session.scalars(select(func.count()).where(ReturnEntry.round_id == found.id)).one()
        if held >= MOST_ENTRIES:
            raise Refused(
                "A round holds at most %(most)s notices: file this one and begin the next.", most=MOST_ENTRIES
            )
        entry = ReturnEntry(
            round_id=found.id,
            notice_id=notice.id,
            paper_id=paper.id if paper else None,
            refusal="",
            refusal_values={},
        )
        session.add(entry)
    entry.outcome, entry.note, entry.entered_at = line.outcome, line.note[:300], act.at
    session.flush()
    return Noted(entry.id, line.outcome, before)


def undo(session: Session, *, act: Act) -> int:
    """Take back what was noted last; return which notice it was about.

    Raises:
        NotVisible: no round is open.
        Refused: nothing is noted.

    """
    found = _must_be_open(session, act)
    last = session.scalars(
        select(ReturnEntry)
        .where(ReturnEntry.round_id == found.id)
        .order_by(ReturnEntry.entered_at.desc(), ReturnEntry.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        raise Refused("Nothing is noted, so there is nothing to take back.")
    session.delete(last)
    session.flush()
    return last.notice_id


def file(session: Session, *, act: Act) -> Filed:
    """Record every noted return as an attempt to serve, and close the round.

    Raises:
        NotVisible: no round is open.
        Refused: nothing is noted.

    """
    found = _must_be_open(session, act)
    entries = session.scalars(
        select(ReturnEntry).where(ReturnEntry.round_id == found.id).order_by(ReturnEntry.notice_id)
    ).all()
    if not entries:
        raise Refused("Nothing is noted yet: scan or type the first code.")
    served = not_served = refused = 0
    for entry in entries:
        state = _file_one(session, act, found, entry)
        served += state is NoticeState.SERVED
        not_served += state is NoticeState.FAILED
        refused += state is None
    found.filed_at = act.at
    session.flush()
    act.record(
        session,
        "return-round:filed",
        subject=f"return-round/{found.id}",
        served=served,
        not_served=not_served,
        refused=refused,
    )
    return Filed(found.id, served, not_served, refused)


def _file_one(session: Session, act: Act, found: ReturnRound, entry: ReturnEntry) -> NoticeState | None:
    """Record one return; ``None`` when it could not be, with the reason in the entry."""
    try:
        with session.begin_nested():
            attempt = _attempt(session, found, entry)
            recorded = (
                service_of_notice.record_service(session, act=act, notice_id=entry.notice_id, attempt=attempt)
                if entry.paper_id is None
                else service_of_paper.record_service(session, act=act, paper_id=entry.paper_id, attempt=attempt)
            )
    except Refused as refusal:
        entry.refusal = refusal.sentence[:300]
        entry.refusal_values = {name: str(value) for name, value in refusal.values.items()}
        return None
    except NotVisible:
        entry.refusal = N_("The person is no longer among those you look after.")
        return None
    if recorded.do_not_serve:
        entry.refusal = _PAID
        return None
    if entry.paper_id is None:
        entry.service_id = recorded.service_id
    else:
        entry.paper_service_id = recorded.service_id
    return recorded.state


def _attempt(session: Session, found: ReturnRound, entry: ReturnEntry) -> Attempt:
    meaning = MEANINGS[entry.outcome]
    witnesses = tuple(name for name in (found.witness_1, found.witness_2) if name)
    is_left = entry.outcome is ReturnOutcome.LEFT
    is_refusal = is_left or meaning.failure is FailureReason.REFUSED
    return Attempt(
        at=found.walked_at,
        was_served=meaning.was_served,
        method=meaning.method,
        failure=meaning.failure,
        signer_name=_signer(session, entry),
        signer_relation=meaning.relation,
        second_visitor=found.second_visitor,
        witnesses=witnesses if is_left else (),
        refusal_reason=entry.note if is_refusal else "",
        note="" if is_refusal else entry.note,
        flags=meaning.flags,
    )


def _signer(session: Session, entry: ReturnEntry) -> str:
    """Return the name on the receipt where the outcome tells it: the addressee's own, or the only co-borrower's."""
    if entry.outcome is ReturnOutcome.SIGNED_CO_BORROWER and entry.paper_id is not None:
        return CoBorrowerContent.from_json(session.get_one(IssuedPaper, entry.paper_id).content).co_borrower_name
    borrower_id = session.scalars(select(Notice.borrower_id).where(Notice.id == entry.notice_id)).one()
    if entry.outcome is ReturnOutcome.SIGNED_SELF:
        return session.scalars(select(Borrower.name).where(Borrower.id == borrower_id)).one()
    if entry.outcome is ReturnOutcome.SIGNED_CO_BORROWER:
        names = session.scalars(select(CoBorrower.name).where(CoBorrower.borrower_id == borrower_id)).all()
        return names[0] if len(names) == 1 else ""
    return ""


def _open(session: Session, act: Act) -> ReturnRound | None:
    return session.scalars(
        select(ReturnRound)
        .where(ReturnRound.by_id == act.person.user_id, ReturnRound.filed_at.is_(None))
        .with_for_update()
    ).one_or_none()


def _must_be_open(session: Session, act: Act) -> ReturnRound:
    found = _open(session, act)
    if found is None:
        raise NotVisible
    return found
