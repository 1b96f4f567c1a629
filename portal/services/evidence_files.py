"""Exporting all that is on record about one borrower as one PDF: asked for with a reason, made as a job, recorded."""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.accounts import User
from models.database import Database
from models.events import Event
from models.evidence_files import EvidenceFile
from models.rules.jobs import JobKind
from models.rules.refusals import NotVisible, Refused
from models.rules.reliefs import checked_reason
from notices import evidence, wording
from notices.evidence import EventLine, EvidenceIndex
from notices.route_sheets import printable
from portal.actors import Act
from portal.official import official
from portal.queries import evidence_files as reads
from portal.queries.notice_facts import office
from portal.queries.scope import borrower_to_change, borrower_to_read
from portal.services import jobs
from portal.wordlists.events import event_words, fact_words


def ask(session: Session, *, act: Act, borrower_id: int, reason: str) -> EvidenceFile:
    """Ask for the evidence file of a borrower.

    Raises:
        NotVisible: no such borrower, or not this person's.
        Refused: no reason is given.

    """
    borrower_to_change(session, act.person, act.today, borrower_id)
    row = EvidenceFile(
        borrower_id=borrower_id, by_id=act.person.user_id, reason=checked_reason(reason), asked_at=act.at
    )
    session.add(row)
    session.flush()
    act.record(session, "evidence:asked", borrower_id=borrower_id, subject=f"evidence-file/{row.id}", reason=row.reason)
    jobs.ask(
        session,
        act=act,
        kind=JobKind.EVIDENCE_FILE,
        key=reads.job_key(row.id),
        title=str(row.id),
        arguments={"file_id": row.id},
        total=1,
    )
    return row


def make(database: Database, *, act: Act, file_id: int, years: int) -> None:
    """Make the file that was asked for; one that is made stays as it is.

    Args:
        database: transactions of its own are opened in it.
        act: who asked.
        file_id: the file.
        years: how long records are kept after the relation has ended.

    Raises:
        Refused: whoever asked may no longer see the borrower.

    """
    with database.reader() as session:
        row = session.get_one(EvidenceFile, file_id)
        if row.made_at is not None:
            return
        try:
            borrower_to_read(session, act.person, act.today, row.borrower_id)
        except NotVisible:
            raise Refused("The person is no longer among those you look after.") from None
        front = _front(session, act, row, years)
        exhibits = reads.exhibits(session, row.borrower_id)
    pdf, pages = evidence.assemble(front, exhibits)
    with database.write() as session:
        row = session.scalars(select(EvidenceFile).where(EvidenceFile.id == file_id).with_for_update()).one()
        if row.made_at is not None:
            return
        row.pdf, row.pages, row.sha256, row.made_at = pdf, pages, hashlib.sha256(pdf).hexdigest(), act.at
        act.record(
            session,
            "evidence:made",
            borrower_id=row.borrower_id,
            subject=f"evidence-file/{row.id}",
            pages=pages,
            sha256=row.sha256,
        )


def record_download(session: Session, *, act: Act, file_id: int) -> None:
    """Record that a file left the portal."""
    borrower_id = session.scalars(select(EvidenceFile.borrower_id).where(EvidenceFile.id == file_id)).one()
    act.record(session, "evidence:downloaded", borrower_id=borrower_id, subject=f"evidence-file/{file_id}")


def _front(session: Session, act: Act, row: EvidenceFile, years: int) -> EvidenceIndex:
    name, masked_id, place = reads.person(session, row.borrower_id)
    until = reads.kept(session, row.borrower_id, years=years)
    centre = office(session)
    return EvidenceIndex(
        serial=serial(row),
        issued_on=act.today,
        issuing_unit=centre.centre,
        borrower_name=printable(name),
        masked_id=masked_id,
        village=printable(place),
        made_by=printable(session.scalars(select(User.name).where(User.id == row.by_id)).one()),
        reason=printable(row.reason),
        kept=f"至{until.isoformat()}" if until else f"借贷关系存续期间，结清后再保存{years}年",
        lines=(),
        events=tuple(_line(event) for event in reads.events(session, row.borrower_id)),
        wording_version=wording.FIRST_VERSION,
        is_demo=centre.is_demo,
    )


def serial(row: EvidenceFile) -> str:
    """Return a number with the moment the file was asked for: after a restore ids may come again, moments do not."""
    return f"证据卷 {row.asked_at.astimezone(COUNTY_TIME):%Y%m%d-%H%M%S}-{row.id:06d}"


def _line(event: Event) -> EventLine:
    facts = "；".join(f"{official(label)}：{official(value)}" for label, value in fact_words(event.facts))
    return EventLine(
        at=event.at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M"),
        what=printable(official(event_words(event.tag))),
        who=printable(event.actor_name or "系统"),
        facts=printable(facts),
        hash=event.hash,
    )
