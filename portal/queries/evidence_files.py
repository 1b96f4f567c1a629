"""Reads of evidence files: what goes into one, and the files that were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.accounts import User
from models.borrowers import Borrower
from models.escalations import Escalation, EscalationLetter
from models.events import Event
from models.evidence_files import EvidenceFile
from models.jobs import Job
from models.loans import Loan
from models.notices import Notice, NoticePaper, Receipt, Service
from models.organisation import Township, Village
from models.papers import IssuedPaper, PaperReceipt, PaperService
from models.rules.refusals import NotVisible
from models.rules.retention import kept_until, relation_ended
from models.suspicions import Suspicion, SuspicionSlip
from notices import kinds
from notices.evidence import Exhibit
from portal.actors import Actor
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class FileRow:
    """One export: ready when ``made_at`` is set."""

    id: int
    borrower_id: int
    name: str
    reason: str
    asked_at: datetime
    asked_by: str
    made_at: datetime | None
    pages: int
    sha256: str
    job_id: int | None


def job_key(file_id: int) -> str:
    """Return the natural name of a file's job."""
    return f"evidence-file:{file_id}"


def files(session: Session, actor: Actor, today: date, borrower_id: int) -> tuple[FileRow, ...]:
    """Return the exports about one borrower the actor may see, the newest first."""
    return _files(session, actor, today, EvidenceFile.borrower_id == borrower_id)


def file(session: Session, actor: Actor, today: date, file_id: int) -> FileRow:
    """Return one export.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    found = _files(session, actor, today, EvidenceFile.id == file_id)
    if not found:
        raise NotVisible
    return found[0]


def pdf(session: Session, actor: Actor, today: date, file_id: int) -> bytes:
    """Return a finished file.

    Raises:
        NotVisible: there is none, not for this person, or it is not made yet.

    """
    found = session.scalars(
        select(EvidenceFile.pdf).where(
            EvidenceFile.id == file_id, EvidenceFile.borrower_id.in_(visible_borrowers(actor, today))
        )
    ).one_or_none()
    if found is None:
        raise NotVisible
    return found


def kept(session: Session, borrower_id: int, *, years: int) -> date | None:
    """Return until when the record of a borrower must be kept; ``None`` while any contract stands.

    Args:
        session: any session.
        borrower_id: already found to be in reach.
        years: how long records are kept after the relation has ended.

    """
    settled = session.scalars(select(Loan.settled_on).where(Loan.borrower_id == borrower_id)).all()
    ended_on = relation_ended(settled)
    if ended_on is None:
        return None
    return kept_until(ended_on, ended_on, is_about_people=True, years=years)


def person(session: Session, borrower_id: int) -> tuple[str, str, str]:
    """Return name, masked identity number and place of a borrower already found to be in reach."""
    row = session.execute(
        select(Borrower.name, Borrower.masked_id, Township.name, Village.name)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .where(Borrower.id == borrower_id)
    ).one()
    return row[0], row[1], f"{row[2]}{row[3]}"


def exhibits(session: Session, borrower_id: int) -> tuple[Exhibit, ...]:
    """Return every paper and picture on record about a borrower, in the order of their days."""
    found = [
        *_notices(session, borrower_id),
        *_receipts(session, borrower_id),
        *_papers(session, borrower_id),
        *_letters(session, borrower_id),
    ]
    return tuple(sorted(found, key=lambda one: one.on))


def events(session: Session, borrower_id: int) -> tuple[Event, ...]:
    """Return all that happened with a borrower, oldest first."""
    return tuple(session.scalars(select(Event).where(Event.borrower_id == borrower_id).order_by(Event.id)))


def _notices(session: Session, borrower_id: int) -> list[Exhibit]:
    rows = session.execute(
        select(Notice.serial, Notice.issued_on, Notice.sha256, NoticePaper.pdf)
        .join(NoticePaper, NoticePaper.notice_id == Notice.id)
        .where(Notice.borrower_id == borrower_id)
        .order_by(Notice.id)
    )
    return [Exhibit(f"催收通知书 {serial}", on, sha256, body) for serial, on, sha256, body in rows]


def _receipts(session: Session, borrower_id: int) -> list[Exhibit]:
    of_notices = session.execute(
        select(Notice.serial, Service.at, Receipt.sha256, Receipt.image)
        .join(Service, Service.id == Receipt.service_id)
        .join(Notice, Notice.id == Service.notice_id)
        .where(Service.borrower_id == borrower_id)
        .order_by(Receipt.id)
    )
    of_papers = session.execute(
        select(IssuedPaper.serial, PaperService.at, PaperReceipt.sha256, PaperReceipt.image)
        .join(PaperService, PaperService.id == PaperReceipt.service_id)
        .join(IssuedPaper, IssuedPaper.id == PaperService.paper_id)
        .where(PaperService.borrower_id == borrower_id)
        .order_by(PaperReceipt.id)
    )
    return [
        Exhibit(f"送达回证图片 {serial}", at.astimezone(COUNTY_TIME).date(), sha256, body)
        for serial, at, sha256, body in (*of_notices, *of_papers)
    ]


def _papers(session: Session, borrower_id: int) -> list[Exhibit]:
    """Return the papers that are no notices: to co-borrowers, reminders, promises and the like."""
    rows = session.execute(
        select(IssuedPaper.kind, IssuedPaper.serial, IssuedPaper.issued_on, IssuedPaper.sha256, IssuedPaper.pdf)
        .where(IssuedPaper.borrower_id == borrower_id)
        .order_by(IssuedPaper.id)
    )
    return [
        Exhibit(f"{kinds.CONTENT[kind].KIND} {serial}", on, sha256, body) for kind, serial, on, sha256, body in rows
    ]


def _letters(session: Session, borrower_id: int) -> list[Exhibit]:
    slips = session.execute(
        select(SuspicionSlip.serial, SuspicionSlip.issued_on, SuspicionSlip.sha256, SuspicionSlip.pdf)
        .join(Suspicion, Suspicion.id == SuspicionSlip.suspicion_id)
        .where(Suspicion.borrower_id == borrower_id)
    )
    letters = session.execute(
        select(EscalationLetter.serial, EscalationLetter.issued_on, EscalationLetter.sha256, EscalationLetter.pdf)
        .join(Escalation, Escalation.id == EscalationLetter.escalation_id)
        .where(Escalation.borrower_id == borrower_id)
    )
    return [
        *(Exhibit(f"情况核实告知书 {serial}", on, sha256, body) for serial, on, sha256, body in slips),
        *(Exhibit(f"提请协助函 {serial}", on, sha256, body) for serial, on, sha256, body in letters),
    ]


def _files(session: Session, actor: Actor, today: date, condition: ColumnElement[bool]) -> tuple[FileRow, ...]:
    rows = session.execute(
        select(EvidenceFile, Borrower.name, User.name)
        .join(Borrower, Borrower.id == EvidenceFile.borrower_id)
        .join(User, User.id == EvidenceFile.by_id)
        .where(condition, Borrower.id.in_(visible_borrowers(actor, today)))
        .order_by(EvidenceFile.id.desc())
    ).all()
    keys = [job_key(one.id) for one, *_ in rows]
    jobs = dict(session.execute(select(Job.key, Job.id).where(Job.key.in_(keys))).all())
    return tuple(
        FileRow(
            id=one.id,
            borrower_id=one.borrower_id,
            name=name,
            reason=one.reason,
            asked_at=one.asked_at,
            asked_by=by,
            made_at=one.made_at,
            pages=one.pages,
            sha256=one.sha256,
            job_id=jobs.get(job_key(one.id)),
        )
        for one, name, by in rows
    )
