"""What anybody may learn from the code on a paper of ours, without signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.notices import Notice
from models.organisation import District, Township, Village
from models.papers import IssuedPaper
from models.rules import verification
from models.rules.identity import surname
from models.rules.notices import NoticeLevel
from models.rules.workflows import NoticeState
from models.suspicions import Suspicion, SuspicionSlip
from portal.queries import restores
from portal.queries.restores import Gap


@dataclass(frozen=True, slots=True)
class Genuine:
    """All that anybody may learn from a code; of other papers not even what kind they are (``level`` is ``None``)."""

    called_back: bool
    centre: str
    landline: str
    issued_on: date
    surname: str
    level: NoticeLevel | None


def check(session: Session, typed: str) -> Genuine | None:
    """Return what the public may learn from a code; ``None`` for every code that is not ours, whatever is wrong."""
    if not verification.is_well_formed(typed):
        return None
    code = verification.normalise(typed)
    return _notice(session, code) or _slip(session, code) or _paper(session, code)


def missing(session: Session, typed: str) -> tuple[Gap, ...]:
    """Return of which days of issue a paper with an unknown code may be ours all the same, because of restores.

    None when the code has a slip in it: no paper of ours ever bore such a one.
    """
    return restores.gaps(session) if verification.is_well_formed(typed) else ()


def landline(session: Session) -> tuple[str, str]:
    """Return name and landline of the centre, for a page that knows no notice; empty before the set-up."""
    found = session.execute(
        select(District.centre_name, District.centre_landline).order_by(District.id).limit(1)
    ).one_or_none()
    return (found[0], found[1]) if found else ("", "")


def _notice(session: Session, code: str) -> Genuine | None:
    found = session.execute(
        select(
            Notice.state,
            Notice.issued_on,
            Notice.level,
            Borrower.name,
            District.centre_name,
            District.centre_landline,
        )
        .join(Borrower, Borrower.id == Notice.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .join(District, District.id == Township.district_id)
        .where(Notice.check_code == code)
    ).one_or_none()
    if found is None:
        return None
    return Genuine(
        called_back=found.state is NoticeState.CALLED_BACK,
        centre=found.centre_name,
        landline=found.centre_landline,
        issued_on=found.issued_on,
        surname=surname(found.name),
        level=found.level,
    )


def _slip(session: Session, code: str) -> Genuine | None:
    found = session.execute(
        select(SuspicionSlip.issued_on, Borrower.name, District.centre_name, District.centre_landline)
        .join(Suspicion, Suspicion.id == SuspicionSlip.suspicion_id)
        .join(Borrower, Borrower.id == Suspicion.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .join(District, District.id == Township.district_id)
        .where(SuspicionSlip.check_code == code)
    ).one_or_none()
    if found is None:
        return None
    return Genuine(
        called_back=False,
        centre=found.centre_name,
        landline=found.centre_landline,
        issued_on=found.issued_on,
        surname=surname(found.name),
        level=None,
    )


def _paper(session: Session, code: str) -> Genuine | None:
    found = session.execute(
        select(IssuedPaper.issued_on, Borrower.name, District.centre_name, District.centre_landline, Notice.state)
        .join(Borrower, Borrower.id == IssuedPaper.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .join(District, District.id == Township.district_id)
        .outerjoin(Notice, Notice.id == IssuedPaper.notice_id)
        .where(IssuedPaper.check_code == code)
    ).one_or_none()
    if found is None:
        return None
    return Genuine(
        called_back=found.state is NoticeState.CALLED_BACK,  # a co-borrower's notice falls with the borrower's
        centre=found.centre_name,
        landline=found.centre_landline,
        issued_on=found.issued_on,
        surname=surname(found.name),
        level=None,
    )
