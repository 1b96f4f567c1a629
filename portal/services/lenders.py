"""Lenders' profiles kept by the centre; what hangs on them is planned and judged anew in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Lender, Loan
from models.rules import lenders as rules
from models.rules.facts import ALLOCATION, Part
from models.rules.interest import DayCount
from models.rules.money import to_fen
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.queries.interest_rates import rate_table
from portal.services.imports import applying
from portal.services.imports.watching import UNWATCHED, Watch
from portal.services.replans import Change, Replanned, replan

_HIGHEST_TOLERANCE = Decimal(1000)
_JUDGED_BY = ("day_count", "penalty_percent", "allocation", "tolerance")  # what a standing rests on


@dataclass(frozen=True, slots=True)
class LenderTerms:
    """A profile as it shall stand: amounts in yuan, the penalty in per cent of the contract rate."""

    name: str
    day_count: DayCount = DayCount.HYBRID_360
    penalty_percent: int = 130
    tolerance: Decimal = Decimal("1.00")
    order: tuple[Part, ...] = ALLOCATION
    profile: rules.Profile = rules.DEFAULT
    official_channels: str = ""

    def values(self) -> dict[str, object]:
        """Return the columns.

        Raises:
            Refused: a profile that cannot be.

        """
        rules.check(self.profile, self.penalty_percent)
        if not 0 <= self.tolerance <= _HIGHEST_TOLERANCE:
            raise Refused("A tolerance lies between 0 and 1,000 yuan.")
        to_fen(self.tolerance)
        return {
            "name": self.name,
            "day_count": self.day_count,
            "penalty_percent": self.penalty_percent,
            "tolerance": self.tolerance,
            "allocation": rules.allocation_text(self.order),
            "settlement_day": self.profile.settlement_day,
            "unsettled_month": self.profile.unsettled_month,
            "posting_days": self.profile.posting_days,
            "official_channels": self.official_channels,
        }


def add(session: Session, *, act: Act, code: str, terms: LenderTerms) -> Lender:
    """Add a lender.

    Raises:
        Refused: a profile that cannot be, or a name or code that is taken.

    """
    values = terms.values()
    _check_free(session, terms.name, code, None)
    lender = Lender(code=code, **values)
    session.add(lender)
    session.flush()
    lender.unsettled_month = terms.profile.unsettled_month  # inserted as nothing it would become the column's default
    session.flush()
    act.record(session, "lender:added", subject=f"lender/{lender.id}", name=terms.name)
    return lender


def change(session: Session, *, act: Act, lender_id: int, terms: LenderTerms, watch: Watch = UNWATCHED) -> Replanned:
    """Change a lender's profile; a new day count plans the coming instalments anew, and its borrowers are judged.

    With contracts under it this is the work of a job: see :mod:`portal.services.term_changes`.

    Raises:
        NotVisible: there is no such lender.
        Refused: a profile that cannot be, or a name that is taken.

    """
    lender = session.get(Lender, lender_id, with_for_update=True)
    if lender is None:
        raise NotVisible
    values = check(session, lender_id=lender_id, terms=terms)
    changed = {name: (getattr(lender, name), new) for name, new in values.items() if getattr(lender, name) != new}
    if not changed:
        return Replanned()
    for name, (_, new) in changed.items():
        setattr(lender, name, new)
    session.flush()
    done = Replanned()
    if "day_count" in changed:
        table = rate_table(session)
        old = DayCount(str(changed["day_count"][0]))
        done = replan(session, act=act, change=Change(table, table, lender_id, old), watch=watch)
    if changed.keys() & set(_JUDGED_BY):
        ids = session.scalars(select(Loan.borrower_id).where(Loan.lender_id == lender_id).distinct()).all()
        applying.judge(session, act, ids, watch)
    act.record(
        session,
        "lender:changed",
        subject=f"lender/{lender_id}",
        changes=[{"field": name, "old": _plain(old), "new": _plain(new)} for name, (old, new) in changed.items()],
        contracts=done.contracts,
    )
    return done


def check(session: Session, *, lender_id: int, terms: LenderTerms) -> dict[str, object]:
    """Return the columns of a profile that a lender may have.

    Raises:
        Refused: a profile that cannot be, or a name that is taken.

    """
    values = terms.values()
    _check_free(session, terms.name, None, lender_id)
    return values


def _check_free(session: Session, name: str, code: str | None, lender_id: int | None) -> None:
    taken = select(Lender.id).where(Lender.name == name)
    if session.scalar(taken.where(Lender.id != (lender_id or 0))) is not None:
        raise Refused("There is a lender of this name already.")
    if code is not None and session.scalar(select(Lender.id).where(Lender.code == code)) is not None:
        raise Refused("There is a lender of this code already.")


def _plain(value: object) -> str | int | None:
    return value if isinstance(value, int) or value is None else str(value)
