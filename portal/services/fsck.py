"""Is the data whole? Rules that hold between rows, checked from outside of the code that should keep them.

Nothing is changed. A finding names rows by id, never people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import String, exists, func, select, text, type_coerce
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.casework import Case, PaymentClaim
from models.escalations import Escalation
from models.events import GENESIS, Event, EventChain
from models.handovers import Handover
from models.imports import Destruction, ImportBatch, ImportContent, ImportRow
from models.jobs import Job
from models.loans import ArrearsList, Repayment, RepaymentPlan, Reversal
from models.monthly_statements import MonthlyStatement
from models.notices import Notice
from models.roster_matches import RosterMatch
from models.rules.claims import CLAIM
from models.rules.imports import ImportState, RowOutcome
from models.rules.jobs import JOB
from models.rules.standing import StandingState, stand
from models.rules.workflows import ESCALATION, HANDOVER, MONTHLY_STATEMENT, NOTICE, ROSTER_MATCH, SUSPICION, WORDING
from models.standings import BorrowerStanding
from models.suspicions import Suspicion
from models.wordings import WordingVersion
from portal.queries.loan_facts import facts_of
from portal.queries.repayment_plans import contents
from portal.queries.standing_history import shown
from portal.services import paper_checks, publicity_checks
from portal.services.findings import Finding
from portal.services.imports import originals, store
from portal.services.imports.store import Places, faults

_AT_A_TIME = 500
_STATES = (
    (Notice, NOTICE),
    (Suspicion, SUSPICION),
    (Escalation, ESCALATION),
    (WordingVersion, WORDING),
    (Job, JOB),
    (PaymentClaim, CLAIM),
    (RosterMatch, ROSTER_MATCH),
    (MonthlyStatement, MONTHLY_STATEMENT),
    (Handover, HANDOVER),
)
_OUTCOMES = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.UNCHANGED, RowOutcome.REJECTED)
_JUDGED = tuple(
    column.name for column in BorrowerStanding.__table__.columns if column.name not in {"borrower_id", "as_of"}
)


def check(session: Session, today: date) -> dict[str, list[Finding]]:
    """Check every rule.

    Args:
        session: a reading session; every rule is checked against the same moment where the database can do so.
        today: the day standings are judged for.

    Returns:
        The findings by rule, an empty list for a rule that holds.

    """
    return {name: list(rule(session, today)) for name, rule in RULES.items()}


def _storage(session: Session, _today: date) -> Iterator[Finding]:
    if session.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL never lets a foreign key dangle
    for answer in session.scalars(text("PRAGMA integrity_check")):
        if answer != "ok":
            yield Finding("storage", "database", str(answer))
    for row in session.execute(text("PRAGMA foreign_key_check")):
        yield Finding("storage", f"{row[0]}/{row[1]}", f"points to a missing row of {row[2]}")


def _events(session: Session, _today: date) -> Iterator[Finding]:
    head = _head(session)  # read first: what is written while this goes through the chain stands behind it
    has_head = head == GENESIS
    previous = GENESIS
    for event in session.scalars(select(Event).order_by(Event.id).execution_options(yield_per=_AT_A_TIME)):
        if event.previous_hash != previous:
            yield Finding("events", f"event/{event.id}", "does not follow the event before it")
        if event.hash != event.digest():
            yield Finding("events", f"event/{event.id}", "was changed after it was written")
        previous = event.hash
        has_head = has_head or previous == head
    if not has_head:
        yield Finding("events", "events", "the newest events are missing")
    elif previous != head and _head(session) == head:
        yield Finding("events", "events", "the chain does not know of the newest events")


def _head(session: Session) -> str:
    return session.scalar(select(EventChain.head).where(EventChain.id == 1)) or GENESIS


def _cases(session: Session, _today: date) -> Iterator[Finding]:
    is_open = Case.closed_on.is_(None)
    for borrower_id in session.scalars(
        select(Case.borrower_id).where(is_open).group_by(Case.borrower_id).having(func.count() > 1)
    ):
        yield Finding("cases", f"borrower/{borrower_id}", "has more than one open case")
    has_case = exists().where(Case.borrower_id == BorrowerStanding.borrower_id, is_open)
    overdue = BorrowerStanding.state == StandingState.OVERDUE
    listed = BorrowerStanding.data_on.is_not(None)  # before a lender's first list nobody is chased on our own estimate
    for borrower_id in session.scalars(select(BorrowerStanding.borrower_id).where(overdue, listed, ~has_case)):
        yield Finding("cases", f"borrower/{borrower_id}", "is overdue and has no open case")
    for borrower_id in session.scalars(select(BorrowerStanding.borrower_id).where(~overdue, has_case)):
        yield Finding("cases", f"borrower/{borrower_id}", "is not overdue and has an open case")


def _standings(session: Session, today: date) -> Iterator[Finding]:
    """Compare each standing with a fresh one; those whose day has come are the night's work, late if it passed."""
    last = 0
    while ids := session.scalars(
        select(Borrower.id).where(Borrower.id > last).order_by(Borrower.id).limit(_AT_A_TIME)
    ).all():
        last = ids[-1]
        kept = {
            row.borrower_id: row
            for row in session.scalars(select(BorrowerStanding).where(BorrowerStanding.borrower_id.in_(ids)))
        }
        for borrower_id, facts in facts_of(session, ids, today).items():
            yield from _standing(borrower_id, kept.get(borrower_id), _values(stand(facts, today)), today)
        session.expunge_all()


def _histories(session: Session, _today: date) -> Iterator[Finding]:
    """Compare where each borrower stands with where the history that holds ends."""
    row, last = BorrowerStanding, 0
    while held := session.execute(
        select(row.borrower_id, row.state, row.bucket)
        .where(row.borrower_id > last)
        .order_by(row.borrower_id)
        .limit(_AT_A_TIME)
    ).all():
        last = held[-1].borrower_id
        told = shown(session, [one.borrower_id for one in held])
        for borrower_id, state, bucket in held:
            moves = told.get(borrower_id, [])
            if not moves or moves[-1].place != (state, bucket):
                yield Finding("histories", f"borrower/{borrower_id}", "stands elsewhere than its history ends")


def _standing(
    borrower_id: int, row: BorrowerStanding | None, fresh: Mapping[str, object], today: date
) -> Iterator[Finding]:
    subject = f"borrower/{borrower_id}"
    if row is None:
        yield Finding("standings", subject, "has no standing")
    elif row.next_change_on is not None and row.next_change_on < today:
        yield Finding("standings", subject, f"should have been judged on {row.next_change_on}; run the nightly work")
    elif row.next_change_on != today:
        wrong = [name for name in _JUDGED if getattr(row, name) != fresh[name]]
        if wrong:
            yield Finding("standings", subject, f"differs from its facts in {', '.join(wrong)}")


def _values(standing: object) -> dict[str, object]:
    """Return a fresh standing as its row would hold it."""
    values = {name: getattr(standing, name) for name in _JUDGED}
    values["bucket"] = values["bucket"] or ""
    return values


def _states(session: Session, _today: date) -> Iterator[Finding]:
    for table, workflow in _STATES:
        stored = type_coerce(table.state, String)
        legal = [state.value for state in workflow.states]
        for row_id in session.scalars(select(table.id).where(stored.not_in(legal))):
            yield Finding("states", f"{workflow.name}/{row_id}", "is in a state that does not exist")


def _jobs(session: Session, _today: date) -> Iterator[Finding]:
    for job_id in session.scalars(select(Job.id).where(Job.done + Job.failed > Job.total)):
        yield Finding("jobs", f"job/{job_id}", "counts more than there is to do")


def _plans(session: Session, _today: date) -> Iterator[Finding]:
    """Compare what each plan says with its signature: one that was changed was changed for very many."""
    for held in session.execute(select(RepaymentPlan.id, RepaymentPlan.signature)).partitions(_AT_A_TIME):
        said = contents(session, [plan_id for plan_id, _ in held])
        for plan_id, signature in held:
            if said[plan_id].signature != signature:
                yield Finding("plans", f"plan/{plan_id}", "does not say what it said when it was kept")


def _imports(session: Session, _today: date) -> Iterator[Finding]:
    """Compare each list's figures with its rows, and look for facts of a list that is not in use."""
    counted: dict[int, dict[RowOutcome, int]] = {}
    for batch_id, outcome, count in session.execute(
        select(ImportRow.batch_id, ImportRow.outcome, func.count()).group_by(ImportRow.batch_id, ImportRow.outcome)
    ):
        counted.setdefault(batch_id, {})[outcome] = count
    counts = select(ImportContent.batch_id, func.sum(ImportContent.rows)).group_by(ImportContent.batch_id)
    together = {batch_id: rows for batch_id, rows in session.execute(counts)}  # noqa: C416  # dict() of rows is untyped
    destroyed = set(session.scalars(select(Destruction.batch_id).where(Destruction.destroyed_at.is_not(None))))
    for batch in session.scalars(select(ImportBatch)):
        subject = f"import/{batch.id}"
        said = (batch.new, batch.changed, batch.unchanged, batch.rejected)
        has = tuple(counted.get(batch.id, {}).get(outcome, 0) for outcome in _OUTCOMES)
        keeps_rows = batch.id not in destroyed  # they go with the copies
        if batch.state in (ImportState.STAGED, ImportState.APPLIED) and keeps_rows and said != has:
            yield Finding("imports", subject, "does not have the rows it counts")
        if together.get(batch.id, batch.rows - batch.rejected) != batch.rows - batch.rejected:
            yield Finding("imports", subject, "does not hold what its good rows say")
        if batch.state is ImportState.RECEIVED and batch.id in counted:
            yield Finding("imports", subject, "has rows although it was never compared")
        if batch.state is ImportState.APPLIED and (batch.applied_at is None or batch.undone_at is not None):
            yield Finding("imports", subject, "is in use and does not say since when, or was taken back")
    not_in_use = select(ImportBatch.id).where(ImportBatch.state != ImportState.APPLIED)
    for list_id in session.scalars(select(ArrearsList.id).where(ArrearsList.import_batch_id.in_(not_in_use))):
        yield Finding("imports", f"arrears-list/{list_id}", "belongs to an import that is not in use")
    is_reversed = exists().where(Reversal.repayment_id == Repayment.id)
    for repayment_id in session.scalars(
        select(Repayment.id).where(Repayment.import_batch_id.in_(not_in_use), ~is_reversed)
    ):
        yield Finding("imports", f"repayment/{repayment_id}", "counts although its import is not in use")


def copies(session: Session, places: Places) -> list[Finding]:
    """Check that both sealed copies of every list are there and are what came in, and that destroyed ones are gone."""
    destroyed = set(session.scalars(select(Destruction.batch_id).where(Destruction.destroyed_at.is_not(None))))
    no_longer_needed = originals.gone(session)
    found: list[Finding] = []
    for batch_id, sha256 in session.execute(select(ImportBatch.id, ImportBatch.sha256).order_by(ImportBatch.id)):
        if batch_id not in destroyed:
            found += [Finding("copies", f"import/{batch_id}", fault) for fault in faults(places, sha256)]
        elif sha256 in no_longer_needed and any((folder / sha256).exists() for _, folder in places.named):
            found.append(Finding("copies", f"import/{batch_id}", "is destroyed on record and a copy is still there"))
    return found


def strangers(session: Session, places: Places, before: datetime, *, removes: bool = False) -> list[Finding]:
    """Name sealed files that belong to no import: of an upload that never ended, or newer than a restored database.

    Args:
        session: a reading session.
        places: the two folders of sealed copies.
        before: only files last written before this moment.
        removes: remove them, and name none; ask for it only when no newer backup of the database is to come.

    """
    known = set(session.scalars(select(ImportBatch.sha256)))
    found = list(store.strangers(places, known, before.timestamp()))
    if removes:
        for _, path in found:
            path.unlink(missing_ok=True)
        return []
    return [
        Finding(
            "strangers", f"copy/{path.name.lstrip('.')[:12]}", f"the {name} folder holds it, and no import names it"
        )
        for name, path in found
    ]


RULES: Mapping[str, Callable[[Session, date], Iterator[Finding]]] = {
    "storage": _storage,
    "events": _events,
    "cases": _cases,
    "standings": _standings,
    "histories": _histories,
    "papers": paper_checks.papers,
    "serials": paper_checks.serials,
    "paper batches": paper_checks.batches,
    "services": paper_checks.services,
    "publicity": publicity_checks.photos,
    "plans": _plans,
    "states": _states,
    "jobs": _jobs,
    "imports": _imports,
}
