"""Issuing papers that are no notices, one by one: each made once, stored with its SHA-256, printed again with a mark.

What issuing consists of is in ``paper_issuing``. Pages call a ``reserve_…`` and then ``complete``, so nothing is
locked while the paper is made; commands and tests may do all of it in one transaction with ``issue_…``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.events import Entry, Event
from models.notices import Notice
from models.papers import IssuedPaper, PaperBatch
from models.rules.papers import ON_PERSON, PaperKind
from models.rules.refusals import NotVisible, StaleData
from notices import layout
from portal.actors import Act
from portal.queries import paper_files
from portal.queries import papers as reads
from portal.queries.paper_files import Sheet
from portal.queries.print_fetches import PRINTED_MEANWHILE
from portal.services import paper_issuing
from portal.services.notices import Terms
from portal.services.paper_issuing import Draft, Made
from portal.services.paper_words import Said, Target, Words

_NO_TERMS = Terms("", 0)  # a paper about nobody has no code to check and no figures of the bank


def reserve_for_borrower(session: Session, *, act: Act, borrower_id: int, kind: PaperKind, terms: Terms) -> Draft:
    """Check that a paper of the kinds in ``ON_PERSON`` may be issued to a borrower, take a number, freeze its words.

    Raises:
        NotVisible: no such borrower, or not this person's; or no such kind.
        Refused: such a paper would not be true today, or is one too many.
        StaleData: the bank's figures are missing or out of date.

    """
    if kind not in ON_PERSON:
        raise NotVisible
    return _reserve(session, act, kind, Target(borrower_id), terms)


def reserve_for_co_borrower(session: Session, *, act: Act, notice_id: int, place: int, terms: Terms) -> Draft:
    """Check that the notice may be issued to one co-borrower, take a number, freeze its words.

    Args:
        session: a writing session.
        act: who issues it.
        notice_id: the borrower's notice, whose figures it has.
        place: which of the co-borrowers the notice names, from 0.
        terms: what this installation sets.

    Raises:
        NotVisible: no such notice, or not this person's; or it names no such co-borrower.
        Refused: the notice is called back or its pay-by day is over, less is owed by now, or it was issued before.
        StaleData: the bank's figures are missing or out of date.

    """
    borrower_id = session.scalars(select(Notice.borrower_id).where(Notice.id == notice_id)).one_or_none()
    if borrower_id is None:
        raise NotVisible
    return _reserve(session, act, PaperKind.CO_BORROWER, Target(borrower_id, notice_id, place), terms)


def reserve_leaflet(session: Session, *, act: Act) -> Draft:
    """Take a number for the leaflet on work plan and policy, and freeze its words."""
    return _about_nobody(session, act, PaperKind.LEAFLET, Target(), Said({}, f"user/{act.person.user_id}"))


def reserve_summary(session: Session, *, act: Act, school_id: int, facts: dict[str, Any]) -> Draft:
    """Take a number for a school's summary, and freeze the figures that ``queries.summaries`` worked out just now."""
    said = Said(facts, f"school/{school_id}/user/{act.person.user_id}")
    return _about_nobody(session, act, PaperKind.SUMMARY, Target(school_id=school_id), said)


def complete(database: Database, *, act: Act, draft: Draft) -> IssuedPaper:
    """Make the paper of a committed draft with no transaction open, then issue it in one of its own.

    Raises:
        NotVisible: the borrower is no longer this person's.
        Refused: it may no longer be issued, or could not be made. The number is void then.
        StaleData: what the paper says is no longer what is known.

    """
    found = paper_issuing.complete(database, act=act, kind=draft.content.CODE, drafts=[draft])
    if draft.target in found.refused:
        raise found.refused[draft.target]
    return found.papers[0]


def issue_to_borrower(session: Session, *, act: Act, borrower_id: int, kind: PaperKind, terms: Terms) -> IssuedPaper:
    """Issue a paper to a borrower in the caller's transaction; see ``reserve_for_borrower``."""
    return _issue(session, act, reserve_for_borrower(session, act=act, borrower_id=borrower_id, kind=kind, terms=terms))


def issue_to_co_borrower(session: Session, *, act: Act, notice_id: int, place: int, terms: Terms) -> IssuedPaper:
    """Issue the notice to one co-borrower in the caller's transaction; see ``reserve_for_co_borrower``."""
    return _issue(
        session, act, reserve_for_co_borrower(session, act=act, notice_id=notice_id, place=place, terms=terms)
    )


def issue_leaflet(session: Session, *, act: Act) -> IssuedPaper:
    """Issue the leaflet in the caller's transaction."""
    return _issue(session, act, reserve_leaflet(session, act=act))


def issue_summary(session: Session, *, act: Act, school_id: int, facts: dict[str, Any]) -> IssuedPaper:
    """Issue a school's summary in the caller's transaction."""
    return _issue(session, act, reserve_summary(session, act=act, school_id=school_id, facts=facts))


def record_print(session: Session, *, act: Act, paper_id: int) -> bool:
    """Record that a paper was fetched for printing; return whether it had been before (a reprint).

    Raises:
        NotVisible: there is no such paper, or not for this person.

    """
    found = reads.paper(session, act.person, act.today, paper_id)
    subject = f"paper/{paper_id}"
    before = session.scalars(
        select(Event.id).where(Event.subject == subject, Event.tag == "paper:printed").limit(1)
    ).one_or_none()
    act.record(
        session,
        "paper:printed",
        borrower_id=found.row.borrower_id,
        subject=subject,
        paper=found.row.kind.value,
        serial=found.row.serial,
        reprint=before is not None,
    )
    return before is not None


def record_batch_print(session: Session, *, act: Act, batch_id: int, part: int, found: Sequence[Sheet]) -> None:
    """Record that a batch's file for printing was made to be fetched; each of its papers counts as printed.

    Args:
        session: a writing session.
        act: who fetches it.
        batch_id: the batch.
        part: which of its files.
        found: the papers in it, marked as reprints where they were printed before.

    Raises:
        StaleData: one of them was printed at the same moment, so its mark is missing.

    """
    session.execute(select(PaperBatch.id).where(PaperBatch.id == batch_id).with_for_update())
    again = paper_files.printed(session, {f"paper/{one.paper_id}": one.borrower_id for one in found})
    if again != {f"paper/{one.paper_id}" for one in found if one.was_printed}:
        raise StaleData(PRINTED_MEANWHILE)
    act.record_many(
        session,
        "paper:printed",
        (
            Entry(
                one.borrower_id,
                f"paper/{one.paper_id}",
                {"paper": one.kind.value, "serial": one.serial, "reprint": one.was_printed},
            )
            for one in found
        ),
    )
    act.record(
        session,
        "paper-batch:printed",
        subject=f"paper-batch/{batch_id}",
        part=part,
        papers=len(found),
        reprints=len(again),
    )


def _reserve(session: Session, act: Act, kind: PaperKind, target: Target, terms: Terms) -> Draft:
    found = paper_issuing.reserve(session, act=act, kind=kind, targets=[target], terms=terms)
    if target in found.refused:
        raise found.refused[target]
    return found.drafts[0]


def _about_nobody(session: Session, act: Act, kind: PaperKind, target: Target, said: Said) -> Draft:
    return paper_issuing.take(session, act, Words(session, act, kind, _NO_TERMS), {target: said})[0]


def _issue(session: Session, act: Act, draft: Draft) -> IssuedPaper:
    made = [Made(draft, layout.render(draft.content))]
    found = paper_issuing.store(session, act=act, kind=draft.content.CODE, made=made)
    if draft.target in found.refused:
        raise found.refused[draft.target]
    return found.papers[0]
