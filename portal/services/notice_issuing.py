"""What issuing notices consists of, for one borrower as for a piece of a batch.

A paper shows its serial number, so the number is taken before the paper is made, and making it takes time, too long
to hold locks. Therefore three steps: ``reserve`` (short transaction: checks, numbers, frozen content), rendering
with no transaction open, ``store`` (short transaction: the same checks again; what a paper says must still be what
the tables say). A number whose paper failed is void with the reason, so the numbers of a year have no gap that nobody
can explain. Each borrower has at most one number reserved: whoever reserves again, after a crash or at the same
moment, takes it over, and only the last claim can be stored.

Each step reads and writes for all its borrowers in a bounded number of statements. Locks are taken in one order
(borrowers, standings, numbers, the year's counter, the chain of events), each in the order of ids.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.casework import Case
from models.database import Database
from models.events import Entry
from models.notices import Notice, NoticeBatchItem, NoticePaper
from models.rules import verification
from models.rules.casework import CaseStage
from models.rules.notices import STAGE_BEFORE
from models.rules.refusals import NotVisible, Refused, StaleData
from models.rules.workflows import NOTICE
from notices import layout
from portal.actors import Act
from portal.queries.scope import lock_borrowers
from portal.services import serial_numbers
from portal.services.notice_checks import Refusals, Words, who_may
from portal.services.notice_drafts import Draft, Terms
from portal.services.serial_numbers import NOTICES, Claim


@dataclass(frozen=True, slots=True)
class Made:
    """A draft and the paper made from it."""

    draft: Draft
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Reserved:
    """What may be made now, in the order asked for, and who drops out."""

    drafts: tuple[Draft, ...]
    refused: Refusals


@dataclass(frozen=True, slots=True)
class Issued:
    """What was issued, in the order given, and who dropped out."""

    notices: tuple[Notice, ...]
    refused: Refusals = field(default_factory=dict)


def reserve(
    session: Session, *, act: Act, borrower_ids: Sequence[int], terms: Terms, batch_id: int | None = None
) -> Reserved:
    """Check to whom a notice may be issued today, take their numbers, and freeze what the notices say.

    Args:
        session: a writing session.
        act: who issues.
        borrower_ids: in the order in which they get their numbers; at most some hundreds.
        terms: see ``Terms``.
        batch_id: the batch they belong to.

    Raises:
        Refused: the centre cannot issue at all: its mark for serials is not set.

    """
    known, found, refused = who_may(session, act, borrower_ids, terms)
    ready = [borrower_id for borrower_id in borrower_ids if borrower_id in found]
    if not ready:
        return Reserved((), refused)
    said = Words(session, act)
    codes = {borrower_id: verification.make_code(os.urandom(verification.RANDOM_BYTES)) for borrower_id in ready}
    claims = serial_numbers.claim(session, act, NOTICES, codes)
    drafts = tuple(
        Draft(
            borrower_id,
            claims[borrower_id].year,
            claims[borrower_id].number,
            said.of(found[borrower_id], terms, claims[borrower_id]),
            terms,
            batch_id,
            known[borrower_id],
        )
        for borrower_id in ready
    )
    return Reserved(drafts, refused)


def store(session: Session, *, act: Act, made: Sequence[Made]) -> Issued:
    """Issue the notices whose papers were made; who may not have theirs any more drops out.

    Args:
        session: a writing session.
        act: who issues.
        made: of drafts reserved for the same terms; one for each borrower.

    """
    if not made:
        return Issued(())
    drafts = {one.draft.borrower_id: one.draft for one in made}
    claims = {borrower_id: _claim(draft) for borrower_id, draft in drafts.items()}
    terms = made[0].draft.terms
    _known, found, refused = who_may(session, act, list(drafts), terms, {key: one.known for key, one in drafts.items()})
    held = serial_numbers.held(session, NOTICES, claims.values())
    said = Words(session, act)
    kept = []
    for one in made:
        borrower_id = one.draft.borrower_id
        if claims[borrower_id] not in held and not isinstance(refused.get(borrower_id), NotVisible):
            refused[borrower_id] = Refused(
                "A notice for this person was issued at the same moment; open it from the list of notices."
            )
        elif borrower_id in refused:
            pass
        elif said.of(found[borrower_id], terms, claims[borrower_id]) != one.draft.content:
            refused[borrower_id] = StaleData(
                "The figures changed while the paper was made; nothing was issued. Try again."
            )
        else:
            kept.append(one)
    return Issued(_write(session, act, kept), refused)


def give_up(session: Session, *, act: Act, reasons: Sequence[tuple[Draft, str]]) -> None:
    """Make reserved numbers void, with the reason; a claim that somebody took over is theirs and stays."""
    held = serial_numbers.held(session, NOTICES, [_claim(draft) for draft, _reason in reasons])
    entries = []
    for draft, reason in reasons:
        if _claim(draft) in held:
            kept = serial_numbers.void(session, NOTICES, _claim(draft), reason)
            entries.append(Entry(draft.borrower_id, f"notice-number/{draft.year}-{draft.number}", {"reason": kept}))
    if entries:
        act.record_many(session, "notice:number_void", entries)


def complete(database: Database, *, act: Act, drafts: Sequence[Draft]) -> Issued:
    """Make the papers of committed drafts with no transaction open, then issue them in one of its own.

    The numbers of papers that cannot be made, or may no longer be issued, are void with the reason.

    Raises:
        OperationalError: the database is busy or has no room; the numbers stay reserved for the same borrowers.
        Exception: what else broke down; all the numbers are void then.

    """
    made, failed = [], []
    refused: Refusals = {}
    for draft in drafts:
        try:
            made.append(Made(draft, layout.render(draft.content)))
        except Refused as refusal:
            refused[draft.borrower_id] = refusal
    try:
        with database.write() as session:
            _lock(session, drafts)
            issued = store(session, act=act, made=made)
            refused |= issued.refused
            failed = [(draft, _reason(refused[draft.borrower_id])) for draft in drafts if draft.borrower_id in refused]
            give_up(session, act=act, reasons=failed)
    except OperationalError:  # busy, or no room: the same borrowers' next turn takes their numbers over
        raise
    except Exception as error:
        with database.write() as session:
            _lock(session, drafts)
            give_up(session, act=act, reasons=[(draft, _reason(error)) for draft in drafts])
        raise
    return Issued(issued.notices, refused)


def _lock(session: Session, drafts: Sequence[Draft]) -> None:
    """Lock everybody of the drafts at once: the event of a void number locks whom it names, too late to be in order."""
    lock_borrowers(session, {one.borrower_id for one in drafts})


def _write(session: Session, act: Act, made: Sequence[Made]) -> tuple[Notice, ...]:
    if not made:
        return ()
    notices = tuple(_row(act, one) for one in made)
    session.add_all(notices)
    session.flush()
    session.execute(
        insert(NoticePaper),
        [{"notice_id": notice.id, "pdf": one.pdf} for notice, one in zip(notices, made, strict=True)],
    )
    serial_numbers.use(session, NOTICES, [_claim(one.draft) for one in made])
    items = [
        {
            "batch_id": notice.batch_id,
            "borrower_id": notice.borrower_id,
            "notice_id": notice.id,
            "dropped_reason": "",
            "dropped_values": {},
        }
        for notice in notices
        if notice.batch_id is not None
    ]
    if items:
        session.execute(update(NoticeBatchItem), items)
    _move_cases(session, [notice.borrower_id for notice in notices])
    act.record_many(
        session,
        "notice:issued",
        (
            Entry(
                notice.borrower_id,
                f"notice/{notice.id}",
                {"serial": notice.serial, "level": notice.level.value, "pay_by": notice.pay_by.isoformat()},
            )
            for notice in notices
        ),
    )
    return notices


def _row(act: Act, made: Made) -> Notice:
    draft, said = made.draft, made.draft.content
    return Notice(
        borrower_id=draft.borrower_id,
        batch_id=draft.batch_id,
        year=draft.year,
        number=draft.number,
        serial=said.serial,
        check_code=said.check_code,
        state=NOTICE.start,
        level=said.level,
        issued_on=said.issued_on,
        issued_by_id=act.person.user_id,
        pay_by=said.pay_by,
        total=said.total,
        data_on=said.data_on,
        wording_version=said.wording_version,
        content=said.to_json(),
        sha256=hashlib.sha256(made.pdf).hexdigest(),
    )


def _move_cases(session: Session, borrower_ids: Collection[int]) -> None:
    """Move open cases on to "notice issued", unless they are there or further already."""
    session.execute(
        update(Case)
        .where(
            Case.borrower_id.in_(borrower_ids),
            Case.closed_on.is_(None),
            Case.stage.in_(STAGE_BEFORE[CaseStage.NOTICE_ISSUED]),
        )
        .values(stage=CaseStage.NOTICE_ISSUED)
    )


def _claim(draft: Draft) -> Claim:
    return Claim(draft.year, draft.number, draft.content.check_code)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Refused) else type(error).__name__
