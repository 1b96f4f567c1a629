"""What was tried with a borrower in the present arrears: contacts and services, for the rules and for the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.accounts import User
from models.attempts import ServiceAttempt
from models.borrowers import Borrower
from models.casework import Contact
from models.notices import Notice, Receipt, Service
from models.rules.contact_policy import Attempt, Limits, contact_lost, tried
from models.rules.contacts import ContactMethod, Outcome, Reached
from models.rules.proof_of_service import DELIVERERS, is_proven_receipt
from models.rules.service_of_notice import Proofs, ServiceMethod, SignerRelation, Strength
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.queries.data_ages import unposted_until


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One contact as evidence shows it; ``attempt`` is what the rules see of it."""

    by: str
    note: str
    attempt: Attempt

    @property
    def at(self) -> datetime:
        """When it began."""
        return self.attempt.at

    @property
    def method(self) -> ContactMethod:
        """The way."""
        return self.attempt.method

    @property
    def reached(self) -> Reached:
        """Who was there."""
        return self.attempt.reached

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        return self.attempt.outcome


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One attempt to serve a notice, and whether it proves that the borrower's side had it in person."""

    notice_id: int
    serial: str
    at: datetime
    method: ServiceMethod
    was_served: bool
    signer_relation: SignerRelation | None
    strength: Strength
    proves_receipt: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is on record of the present arrears.

    Attributes:
        overdue_since: the due day missed (day 0); none when nothing is overdue.
        days_counted: days past due on the day asked about, without reliefs and pauses; 0 when nothing is overdue.
        data_on: date of the lender's list the standing rests on.
        contacts: oldest first.
        services: oldest first.
        contact_lost: the borrower's side is out of reach.
        unposted_until: data date a list needs before it shows a payment made in time; none when it does already.

    """

    overdue_since: date | None
    days_counted: int
    data_on: date | None
    contacts: tuple[ContactLine, ...]
    services: tuple[ServiceLine, ...]
    contact_lost: bool
    unposted_until: date | None = None

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The contacts as the rules see them."""
        return tuple(line.attempt for line in self.contacts)

    @property
    def tries(self) -> int:
        """How many attempts to reach the borrower's side there were."""
        return tried(self.attempts).attempts

    @property
    def methods(self) -> int:
        """By how many methods."""
        return tried(self.attempts).methods

    @property
    def proven_receipts(self) -> int:
        """How many notices provably reached borrower or co-borrower."""
        return len({line.notice_id for line in self.services if line.proves_receipt})


def evidence(session: Session, borrower_id: int, today: date) -> Evidence:
    """Gather what is on record of a borrower already found to be in the actor's scope."""
    standing = session.execute(
        select(
            BorrowerStanding.state,
            BorrowerStanding.as_of,
            BorrowerStanding.overdue_since,
            BorrowerStanding.days_removed,
            BorrowerStanding.clock_stopped,
            BorrowerStanding.data_on,
        ).where(BorrowerStanding.borrower_id == borrower_id)
    ).one_or_none()
    out_of_touch = session.scalars(select(Borrower.is_out_of_touch).where(Borrower.id == borrower_id)).one()
    if standing is None or standing.state is not StandingState.OVERDUE or standing.overdue_since is None:
        return Evidence(None, 0, standing.data_on if standing else None, (), (), out_of_touch)
    # While the clock stands still, no day after the standing's own is counted.
    until = standing.as_of if standing.clock_stopped else today
    since = datetime.combine(standing.overdue_since, time(), COUNTY_TIME)
    contacts = _contacts(session, borrower_id, since)
    lost = contact_lost((line.attempt for line in contacts), Limits())
    return Evidence(
        overdue_since=standing.overdue_since,
        days_counted=max(0, (until - standing.overdue_since).days - standing.days_removed),
        data_on=standing.data_on,
        contacts=contacts,
        services=_services(session, borrower_id, since),
        contact_lost=lost or out_of_touch,
        unposted_until=unposted_until(session, borrower_id, today),
    )


def _contacts(session: Session, borrower_id: int, since: datetime) -> tuple[ContactLine, ...]:
    rows = session.execute(
        select(Contact, User.name)
        .join(User, User.id == Contact.by_id)
        .where(Contact.borrower_id == borrower_id, Contact.at >= since)
        .order_by(Contact.at, Contact.id)
    )
    return tuple(
        ContactLine(
            by=name,
            note=contact.note,
            attempt=Attempt(
                at=contact.at,
                method=contact.method,
                reached=contact.reached,
                outcome=contact.outcome,
                number_key=str(contact.contact_point_id or ""),
                visitors=2 if contact.second_visitor else 1,
            ),
        )
        for contact, name in rows
    )


def _services(session: Session, borrower_id: int, since: datetime) -> tuple[ServiceLine, ...]:
    photo = (
        select(func.min(Receipt.sha256)).where(Receipt.service_id == Service.id).correlate(Service).scalar_subquery()
    )
    rows = session.execute(
        select(Service, Notice.serial, photo)
        .join(Notice, Notice.id == Service.notice_id)
        .where(Service.borrower_id == borrower_id, Service.at >= since)
        .order_by(Service.at, Service.id)
    )
    return tuple(
        ServiceLine(
            notice_id=service.notice_id,
            serial=serial,
            at=service.at,
            method=service.method,
            was_served=service.was_served,
            signer_relation=service.signer_relation,
            strength=service.strength,
            proves_receipt=service.was_served and is_proven_receipt(service.method, proofs_of(service, photo_sha256)),
        )
        for service, serial, photo_sha256 in rows
    )


def proofs_of(service: ServiceAttempt, photo_sha256: str | None) -> Proofs:
    """Return what is at hand for an attempt as the rules see it."""
    return Proofs(
        signer_relation=service.signer_relation,
        signer_name=service.signer_name,
        witnesses=tuple(service.witnesses),
        deliverers=DELIVERERS if service.second_visitor else 1,
        photo_sha256=photo_sha256 or "",
        refusal_reason=service.refusal_reason,
        post_number=service.post_number,
        publication=service.publication,
        **dict.fromkeys(service.proofs, True),
    )
