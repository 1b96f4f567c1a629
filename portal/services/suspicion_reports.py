"""What every step of a report needs: the report itself, locked; the gates; the words; the event."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.refusals import NotVisible, Refused
from models.rules.suspicion_gates import Obstacle, Thresholds, gate
from models.rules.suspicions import Answered, Ground, Question
from models.suspicions import Suspicion
from portal.actors import Act
from portal.queries.evidence import evidence
from portal.queries.scope import borrower_to_change
from portal.queries.suspicions import gate_facts, given_answers, stated_grounds
from portal.services import standings

MOST_CHARACTERS = 2000
"""Of a reason, an evidence or a reply: a page of writing."""


class NotReady(Refused):
    """The gates stop the report; ``obstacles`` are all that stands in its way, in the order to clear them."""

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        first = obstacles[0]
        super().__init__("The report is not ready. %(first)s", first=Refused(first.sentence, **dict(first.values)))
        self.obstacles = obstacles


def to_change(session: Session, act: Act, suspicion_id: int) -> Suspicion:
    """Return a report on a borrower the person may see, both locked, the borrower first.

    Raises:
        NotVisible: no such report, or not for this person.

    """
    borrower_id = session.scalars(select(Suspicion.borrower_id).where(Suspicion.id == suspicion_id)).one_or_none()
    if borrower_id is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, borrower_id)
    return session.scalars(
        select(Suspicion)
        .where(Suspicion.id == suspicion_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def pass_stored_gates(session: Session, act: Act, report: Suspicion, thresholds: Thresholds) -> None:
    """Hold what a report says against the gates of today; see :func:`pass_gates`."""
    pass_gates(
        session, act, report.borrower_id, given_answers(report.answers), stated_grounds(report.grounds), thresholds
    )


def pass_gates(
    session: Session,
    act: Act,
    borrower_id: int,
    answers: dict[Question, Answered],
    grounds: dict[Ground, str],
    thresholds: Thresholds,
) -> None:
    """Judge the person today and hold answers and grounds against the gates.

    Raises:
        Refused: nothing is overdue any more.
        NotReady: the gates stop it.

    """
    standings.recompute(session, act=act, borrower_ids=[borrower_id])
    known = evidence(session, borrower_id, act.today)
    if known.overdue_since is None:
        raise Refused("Nothing is overdue any more: there is nothing to report.")
    obstacles = gate(gate_facts(known, act.today, answers, grounds), thresholds)
    if obstacles:
        raise NotReady(obstacles)


def put_reply_away(report: Suspicion) -> None:
    """Keep what the person said among the earlier replies, so that another can be recorded."""
    if report.reply_text and report.replied_on is not None:
        report.earlier_replies = [
            *report.earlier_replies,
            {"on": report.replied_on.isoformat(), "text": report.reply_text},
        ]
    report.reply_text, report.replied_on = "", None
    report.reply_recorded_at = report.reply_recorded_by_id = None


def reason_of(text: str) -> str:
    """Return a reason as it is kept.

    Raises:
        Refused: nothing is said.

    """
    if not text.strip():
        raise Refused("Give the reason: whoever reads it later was not there.")
    return text.strip()[:MOST_CHARACTERS]


def record(session: Session, act: Act, report: Suspicion, happened: str, **facts: object) -> None:
    """Write what was done, then the event of it."""
    session.flush()
    act.record(
        session, f"suspicion:{happened}", borrower_id=report.borrower_id, subject=f"suspicion/{report.id}", **facts
    )
