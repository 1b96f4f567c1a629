"""Changes of terms that plan many contracts anew: asked for as a job, done in one transaction.

Readers see all of it or nothing, since a plan half made by old rates and half by new ones is nobody's. While it is
done, nobody else changes terms or applies a list; asked for again after it was done, it does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from models.jobs import Job
from models.rules import lenders as rules
from models.rules.facts import Part
from models.rules.interest import DayCount
from models.rules.interest_rates import RateBasis, Reference, Spread
from models.rules.jobs import JobKind
from portal.actors import Act
from portal.queries.interest_rates import rate_table
from portal.services import interest_rates, jobs, lenders
from portal.services.imports import waiting
from portal.services.imports.watching import UNWATCHED, Watch
from portal.services.lenders import LenderTerms
from portal.services.replans import Replanned

PARTS = 100  # a job's bar counts hundredths
_Arguments = Mapping[str, Any]


def ask_rate(
    session: Session, *, act: Act, row: Reference | Spread, instead_of: Reference | Spread | None = None
) -> Job:
    """Ask for a rate or spread to be kept and what follows it to be planned anew.

    Raises:
        Refused: the row cannot be right.

    """
    interest_rates.consequence(session, today=act.today, row=row, instead_of=instead_of)
    arguments = {"row": _packed(row), "instead_of": _packed(instead_of) if instead_of else None}
    return _ask(session, act, _title(row), arguments)


def ask_lender(session: Session, *, act: Act, lender_id: int, terms: LenderTerms) -> Job:
    """Ask for a lender's terms to be kept and its contracts to be planned anew.

    Raises:
        Refused: a profile that cannot be, or a name that is taken.

    """
    lenders.check(session, lender_id=lender_id, terms=terms)
    arguments = {
        "lender_id": lender_id,
        "terms": {
            "name": terms.name,
            "day_count": terms.day_count.value,
            "penalty_percent": terms.penalty_percent,
            "tolerance": str(terms.tolerance),
            "order": [part.value for part in terms.order],
            "profile": [terms.profile.settlement_day, terms.profile.unsettled_month, terms.profile.posting_days],
            "official_channels": terms.official_channels,
        },
    }
    return _ask(session, act, terms.name, arguments)


def is_done(session: Session, arguments: _Arguments) -> bool:
    """Say whether the terms stand as they were asked for."""
    if "row" not in arguments:
        return False  # terms kept already change nothing
    row, table = _row(arguments["row"]), rate_table(session)
    return row in table.references or row in table.spreads


def do(session: Session, *, act: Act, arguments: _Arguments, watch: Watch = UNWATCHED) -> Replanned:
    """Keep the terms and plan anew what follows them, in the caller's transaction.

    Raises:
        Refused: they can no longer be kept.
        NotVisible: what they take the place of is gone.

    """
    waiting.one_at_a_time(session)
    if "lender_id" in arguments:
        terms = _terms(arguments["terms"])
        return lenders.change(session, act=act, lender_id=arguments["lender_id"], terms=terms, watch=watch)
    instead_of = _row(arguments["instead_of"]) if arguments["instead_of"] else None
    return keep_rate(session, act=act, row=_row(arguments["row"]), instead_of=instead_of, watch=watch)


def keep_rate(
    session: Session,
    *,
    act: Act,
    row: Reference | Spread,
    instead_of: Reference | Spread | None = None,
    watch: Watch = UNWATCHED,
) -> Replanned:
    """Keep a rate or a spread; as :func:`portal.services.interest_rates.keep_reference`."""
    if isinstance(row, Reference):
        before = instead_of if isinstance(instead_of, Reference) else None
        return interest_rates.keep_reference(session, act=act, row=row, instead_of=before, watch=watch)
    spread = instead_of if isinstance(instead_of, Spread) else None
    return interest_rates.keep_spread(session, act=act, row=row, instead_of=spread, watch=watch)


def _ask(session: Session, act: Act, title: str, arguments: dict[str, Any]) -> Job:
    key = f"replan:{act.user_id}:{act.at.timestamp():.6f}"  # a second asking is another change; forms are sent once
    return jobs.ask(session, act=act, kind=JobKind.REPLAN, key=key, title=title, arguments=arguments, total=PARTS)


def _title(row: Reference | Spread) -> str:
    if isinstance(row, Reference):
        return f"{row.from_on.isoformat()} {row.rate_pct:f} %"
    return f"{row.signed_from.isoformat()} / {row.ends_from} {row.spread_pct:+f} %"


def _packed(row: Reference | Spread) -> dict[str, Any]:
    common = {"basis": row.basis.value, "source": row.source, "is_confirmed": row.is_confirmed}
    if isinstance(row, Reference):
        return common | {"from_on": row.from_on.isoformat(), "rate_pct": str(row.rate_pct)}
    return common | {
        "signed_from": row.signed_from.isoformat(),
        "ends_from": row.ends_from,
        "spread_pct": str(row.spread_pct),
    }


def _row(kept: Mapping[str, Any]) -> Reference | Spread:
    basis, source, is_confirmed = RateBasis(kept["basis"]), kept["source"], kept["is_confirmed"]
    if "from_on" in kept:
        from_on, rate = date.fromisoformat(kept["from_on"]), Decimal(kept["rate_pct"])
        return Reference(basis, from_on, rate, source, is_confirmed=is_confirmed)
    signed_from, spread = date.fromisoformat(kept["signed_from"]), Decimal(kept["spread_pct"])
    return Spread(signed_from, kept["ends_from"], basis, spread, source, is_confirmed=is_confirmed)


def _terms(kept: Mapping[str, Any]) -> LenderTerms:
    return LenderTerms(
        name=kept["name"],
        day_count=DayCount(kept["day_count"]),
        penalty_percent=kept["penalty_percent"],
        tolerance=Decimal(kept["tolerance"]),
        order=tuple(Part(one) for one in kept["order"]),
        profile=rules.Profile(*kept["profile"]),
        official_channels=kept["official_channels"],
    )
