"""Issuing papers that are no notices: each made once, stored with its SHA-256, and printed again only with a mark.

They bear numbers of their own kind and year. A paper is made within the transaction that numbers it, so a paper that
cannot be made leaves no gap.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.events import Event
from models.notices import Notice
from models.organisation import District
from models.papers import IssuedPaper
from models.rules import verification
from models.rules.papers import MARKS, ON_PERSON, PaperKind
from models.rules.refusals import NotVisible, Refused
from models.rules.standing import stand
from models.rules.workflows import NoticeState
from notices import kinds, layout
from notices.content import NoticeContent
from portal.actors import Act
from portal.queries import papers as reads
from portal.queries.loan_facts import facts_of
from portal.queries.notice_facts import Office, dossiers, office
from portal.queries.scope import borrower_to_change
from portal.services import letters, paper_drafts
from portal.services.notices import Terms

_COPIED = ("lender_name", "contracts", "total", "data_on", "pay_by", "channels", "next_steps", "relief_options")


@dataclass(frozen=True, slots=True)
class _About:
    """Whose paper it is, for the row and the event."""

    borrower_id: int | None = None
    notice_id: int | None = None
    school_id: int | None = None


def issue_to_borrower(session: Session, *, act: Act, borrower_id: int, kind: PaperKind, terms: Terms) -> IssuedPaper:
    """Issue a paper of the kinds in ``ON_PERSON`` to a borrower.

    Raises:
        NotVisible: no such borrower, or not this person's; or no such kind.
        Refused: such a paper would not be true today.
        StaleData: the bank's figures are missing or out of date.

    """
    borrower_to_change(session, act.person, act.today, borrower_id)
    if kind not in ON_PERSON:
        raise NotVisible
    dossier = dossiers(session, [borrower_id], act.today)[borrower_id]
    standing = stand(facts_of(session, [borrower_id], act.today)[borrower_id], act.today)
    centre = office(session)
    subject = paper_drafts.Subject(dossier, standing, centre, act.today, terms.fresh_days)
    return _issue(
        session,
        act,
        kind,
        centre,
        paper_drafts.facts(session, kind, subject)
        | _checkable(terms)
        | {
            "borrower_name": dossier.name,
            "masked_id": dossier.masked_id,
            "school_name": dossier.school or centre.centre,
        },
        _About(borrower_id=borrower_id),
    )


def issue_to_co_borrower(session: Session, *, act: Act, notice_id: int, place: int, terms: Terms) -> IssuedPaper:
    """Issue the notice to one co-borrower, with the figures of the borrower's notice.

    Args:
        session: a writing session.
        act: who issues it.
        notice_id: the borrower's notice.
        place: which of the co-borrowers the notice names, from 0.
        terms: what this installation sets.

    Raises:
        NotVisible: no such notice, or not this person's; or it names no such co-borrower.
        Refused: the notice is called back or its pay-by day is over, or the paper was issued before.

    """
    borrower_id = session.scalars(select(Notice.borrower_id).where(Notice.id == notice_id)).one_or_none()
    if borrower_id is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, borrower_id)
    notice = session.get_one(Notice, notice_id)
    said = NoticeContent.from_json(notice.content)
    if not 0 <= place < len(said.co_borrowers):
        raise NotVisible
    if notice.state is NoticeState.CALLED_BACK:
        raise Refused("The notice is called back: nothing is asked of the co-borrower either.")
    if said.pay_by <= act.today:
        raise Refused("The day to pay by is over: issue the next notice first, then that to the co-borrower.")
    person = said.co_borrowers[place]
    before = reads.of_co_borrower(session, notice_id, person.name)
    if before is not None:
        raise Refused("It was issued before as %(serial)s: print it again from its page.", serial=before)
    return _issue(
        session,
        act,
        PaperKind.CO_BORROWER,
        office(session),
        {name: getattr(said, name) for name in _COPIED}
        | _checkable(terms)
        | {
            "authority": said.authority,
            "borrower_name": said.borrower_name,
            "masked_id": said.masked_id,
            "school_name": said.school_name,
            "co_borrower_name": person.name,
            "relation": person.relation,
            "notice_serial": said.serial,
        },
        _About(borrower_id=borrower_id, notice_id=notice_id),
    )


def issue_leaflet(session: Session, *, act: Act) -> IssuedPaper:
    """Issue the leaflet on work plan and policy.

    Raises:
        Refused: the paper cannot be made.

    """
    return _issue(session, act, PaperKind.LEAFLET, office(session), {}, _About())


def issue_summary(session: Session, *, act: Act, school_id: int, facts: dict[str, Any]) -> IssuedPaper:
    """Issue a school's summary from figures that ``queries.summaries`` worked out.

    Raises:
        Refused: the paper cannot be made.

    """
    return _issue(session, act, PaperKind.SUMMARY, office(session), facts, _About(school_id=school_id))


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


def _checkable(terms: Terms) -> dict[str, str]:
    code = verification.make_code(os.urandom(verification.RANDOM_BYTES))
    return {"check_code": code, "check_url": f"{terms.public_url}/check/{code}"}


def _issue(
    session: Session, act: Act, kind: PaperKind, centre: Office, facts: dict[str, Any], about: _About
) -> IssuedPaper:
    # The district's one row is the queue of those who number papers; the unique constraint stands behind.
    session.execute(select(District.id).order_by(District.id).limit(1).with_for_update())
    year = act.today.year
    last = session.scalars(
        select(func.max(IssuedPaper.number)).where(IssuedPaper.kind == kind, IssuedPaper.year == year)
    ).one()
    number = (last or 0) + 1
    said = centre.wordings.on(kind, act.today)
    shape = kinds.CONTENT[kind]
    content = shape(
        **(
            {
                "serial": verification.serial(letters.mark(centre, MARKS[kind]), year, number),
                "issued_on": act.today,
                "issuing_unit": centre.centre,
                "landline": centre.landline,
                "is_demo": centre.is_demo,
                "wording": said.passages(kind),
                "wording_version": said.name,
            }
            | kinds.lists(kind, said)
            | facts
        )
    )
    pdf = layout.render(content)
    row = IssuedPaper(
        kind=kind,
        borrower_id=about.borrower_id,
        notice_id=about.notice_id,
        school_id=about.school_id,
        year=year,
        number=number,
        serial=content.serial,
        check_code=facts.get("check_code"),
        issued_on=act.today,
        issued_by_id=act.person.user_id,
        wording_version=content.wording_version,
        content=content.to_json(),
        sha256=hashlib.sha256(pdf).hexdigest(),
        pdf=pdf,
    )
    session.add(row)
    session.flush()
    act.record(
        session,
        "paper:issued",
        borrower_id=about.borrower_id,
        subject=f"paper/{row.id}",
        paper=kind.value,
        serial=row.serial,
        version=row.wording_version,
    )
    return row
