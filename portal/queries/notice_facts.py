"""Everything a notice is made from, for any number of borrowers in a bounded set of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower, CoBorrower
from models.casework import Case
from models.loans import ArrearsList, Lender, Loan, Repayment, Reversal, Statement
from models.notices import Notice
from models.organisation import AreaAssignment, District, Holiday, School, Township, Village
from models.rules.calendar import WorkingDays
from models.rules.data_age import posted_from
from models.rules.facts import PauseCause
from models.rules.lenders import Profile
from models.rules.standing import Standing, StandingState, stand
from models.rules.workflows import NoticeState
from portal.queries.loan_facts import facts_of, newest_lists
from portal.queries.pauses import pauses
from portal.queries.wordings import Wordings, approved

OPEN = (NoticeState.ISSUED, NoticeState.FAILED)
"""States in which a notice is still to be served."""


@dataclass(frozen=True, slots=True)
class Office:
    """Who signs notices: the aid centre; and the wordings it approved."""

    centre: str
    landline: str
    mark: str
    is_demo: bool
    wordings: Wordings


@dataclass(frozen=True, slots=True)
class Overdue:
    """One contract on its lender's newest list, amounts in yuan as the bank gives them."""

    loan_id: int
    contract_no: str
    signed_on: date
    principal: Decimal
    balance: Decimal
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    overdue_since: date
    data_on: date
    lender: str
    channels: str
    paid_since: bool  # money came in, or was taken back, after the data date
    posted_from: date | None = None  # first list that shows money in time

    @property
    def total(self) -> Decimal:
        """Principal, interest and penalty together."""
        return self.overdue_principal + self.overdue_interest + self.penalty


@dataclass(frozen=True, slots=True)
class Dossier:
    """One borrower as a notice needs them."""

    borrower_id: int
    name: str
    masked_id: str
    address: str
    place: str  # township and village
    school: str  # who looks after the village; "" for nobody
    co_borrowers: tuple[tuple[str, str], ...]  # (name, relation)
    state: StandingState
    data_on: date | None  # oldest list its figures come from; none when there was no list
    contracts: tuple[Overdue, ...]  # those overdue today, as the list gives them
    unlisted: bool  # a contract is overdue by our ledger and not on its lender's newest list
    has_open_notice: bool
    served: int  # notices of the present arrears that were served
    paused: PauseCause | None = None  # "I have paid already", a dispute, a review: the days stand still today

    @property
    def total(self) -> Decimal:
        """What the list says is overdue on all contracts together."""
        return sum((contract.total for contract in self.contracts), Decimal("0.00"))


def office(session: Session) -> Office:
    """Return the aid centre of this installation.

    Raises:
        LookupError: no district has been set up.

    """
    row = session.scalars(select(District).order_by(District.id).limit(1)).one_or_none()
    if row is None:
        raise LookupError("no district has been set up")
    return Office(row.centre_name, row.centre_landline, row.issuing_mark, row.is_fictional, approved(session))


def working_days(session: Session) -> WorkingDays:
    """Return the calendar of working days as an official keeps it."""
    rows = session.execute(select(Holiday.day, Holiday.is_working)).all()
    return WorkingDays(
        holidays=frozenset(day for day, works in rows if not works),
        extra_workdays=frozenset(day for day, works in rows if works),
    )


def dossiers(
    session: Session,
    borrower_ids: Collection[int],
    today: date,
    standings: Mapping[int, Standing] | None = None,
) -> dict[int, Dossier]:
    """Return the dossier of each borrower who exists.

    Args:
        session: any session.
        borrower_ids: already found to be in the actor's scope; at most some hundreds at a time.
        today: lists of a later data date are not used.
        standings: of these borrowers today, where the caller has judged them in this transaction.

    """
    ids = tuple(borrower_ids)
    if standings is None:
        standings = {key: stand(facts, today) for key, facts in facts_of(session, ids, today).items()}
    contracts = _contracts(session, ids, today, standings)
    with_open = set(
        session.scalars(select(Notice.borrower_id).where(Notice.borrower_id.in_(ids), Notice.state.in_(OPEN)))
    )
    served = _served(session, ids)
    paused = pauses(session, ids, today)
    others: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for borrower_id, name, relation in session.execute(
        select(CoBorrower.borrower_id, CoBorrower.name, CoBorrower.relation)
        .where(CoBorrower.borrower_id.in_(ids))
        .order_by(CoBorrower.id)
    ):
        others[borrower_id].append((name, relation))
    rows = session.execute(
        select(
            Borrower.id,
            Borrower.name,
            Borrower.masked_id,
            Borrower.address,
            Township.name.label("township"),
            Village.name.label("village"),
            School.name.label("school"),
        )
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .outerjoin(AreaAssignment, (AreaAssignment.village_id == Village.id) & AreaAssignment.to_on.is_(None))
        .outerjoin(School, School.id == AreaAssignment.school_id)
        .where(Borrower.id.in_(ids))
    )
    return {
        row.id: Dossier(
            borrower_id=row.id,
            name=row.name,
            masked_id=row.masked_id,
            address=row.address or "",
            place=f"{row.township}{row.village}",
            school=row.school or "",
            co_borrowers=tuple(others[row.id]),
            state=standings[row.id].state,
            data_on=min((one.data_on for one in contracts[row.id]), default=standings[row.id].data_on),
            contracts=tuple(contracts[row.id]),
            unlisted=len(contracts[row.id]) < len(_overdue_loans(standings[row.id])),
            has_open_notice=row.id in with_open,
            served=served.get(row.id, 0),
            paused=paused.get(row.id),
        )
        for row in rows
    }


def _overdue_loans(standing: Standing) -> set[int | str]:
    return {loan.loan_key for loan in standing.loans if loan.state is StandingState.OVERDUE}


def _contracts(
    session: Session, ids: Collection[int], today: date, standings: Mapping[int, Standing]
) -> dict[int, list[Overdue]]:
    overdue = set().union(*(_overdue_loans(standing) for standing in standings.values()))
    lists = [list_id for list_id, _ in newest_lists(session, today).values()]
    moved = (
        select(Repayment.id)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(
            Repayment.loan_id == Loan.id,
            (Repayment.paid_on > ArrearsList.data_on) | (Reversal.reversed_on > ArrearsList.data_on),
        )
        .exists()
    )
    # Columns, not entities: a batch asks for thousands of these rows twice.
    rows = session.execute(
        select(
            Loan.borrower_id,
            Loan.id,
            Loan.contract_no,
            Loan.signed_on,
            Loan.principal,
            Loan.balance,
            Statement.overdue_principal,
            Statement.overdue_interest,
            Statement.penalty,
            Statement.overdue_since,
            ArrearsList.data_on,
            Lender.name.label("lender"),
            Lender.official_channels,
            moved.label("paid_since"),
            Lender.settlement_day,
            Lender.unsettled_month,
            Lender.posting_days,
        )
        .join(Statement, Statement.loan_id == Loan.id)
        .join(ArrearsList, ArrearsList.id == Statement.arrears_list_id)
        .join(Lender, Lender.id == Loan.lender_id)
        .where(Loan.borrower_id.in_(ids), Statement.arrears_list_id.in_(lists), Loan.settled_on.is_(None))
        .order_by(Statement.overdue_since, Loan.contract_no)
    )
    found: dict[int, list[Overdue]] = defaultdict(list)
    for row in rows:
        if row.id not in overdue:
            continue  # on the list, but deferred, or paid since
        found[row.borrower_id].append(
            Overdue(
                loan_id=row.id,
                contract_no=row.contract_no,
                signed_on=row.signed_on,
                principal=row.principal,
                balance=row.balance,
                overdue_principal=row.overdue_principal,
                overdue_interest=row.overdue_interest,
                penalty=row.penalty,
                overdue_since=row.overdue_since,
                data_on=row.data_on,
                lender=row.lender,
                channels=row.official_channels,
                paid_since=bool(row.paid_since),
                posted_from=posted_from(
                    row.overdue_since, Profile(row.settlement_day, row.unsettled_month, row.posting_days)
                ),
            )
        )
    return found


def _served(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Count the served notices of each borrower's open case."""
    rows = session.execute(
        select(Notice.borrower_id, func.count())
        .join(Case, (Case.borrower_id == Notice.borrower_id) & Case.closed_on.is_(None))
        .where(
            Notice.borrower_id.in_(ids),
            Notice.state == NoticeState.SERVED,
            Notice.issued_on >= Case.opened_on,
        )
        .group_by(Notice.borrower_id)
    )
    return dict(rows.all())
