"""Published rates and spreads kept by the centre; coming instalments follow them in the same transaction.

Where there are any, a job does it: see :mod:`portal.services.term_changes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from models.interest_rates import RateSpread, ReferenceRate
from models.rules.interest_rates import (
    RateBasis,
    RateTable,
    Reference,
    Spread,
    check_reference,
    check_spread,
)
from models.rules.refusals import NotVisible
from portal.actors import Act
from portal.queries.interest_rates import rate_table
from portal.services.imports.watching import UNWATCHED, Watch
from portal.services.replans import Change, Replanned, replan, touched

Row = TypeVar("Row", Reference, Spread)


def consequence(
    session: Session, *, today: date, row: Reference | Spread, instead_of: Reference | Spread | None = None
) -> int:
    """Return how many contracts' coming instalments keeping a row would plan anew; writes nothing.

    Raises:
        Refused: the row cannot be right.

    """
    old = rate_table(session)
    return touched(session, Change(old, _with(old, row, instead_of, today)), today)


def keep_reference(
    session: Session, *, act: Act, row: Reference, instead_of: Reference | None = None, watch: Watch = UNWATCHED
) -> Replanned:
    """Add a published rate, or put one right, and plan anew what follows it.

    Args:
        session: a writing session.
        act: an official of the centre.
        row: the rate as it shall stand.
        instead_of: the one it corrects.
        watch: told how far it is.

    Raises:
        Refused: the rate cannot be right.
        NotVisible: the rate to correct is there no longer.

    """
    old = rate_table(session)
    new = _with(old, row, instead_of, act.today)
    if instead_of is not None:
        session.delete(_held_reference(session, instead_of))
        session.flush()
    session.add(
        ReferenceRate(
            basis=row.basis,
            from_on=row.from_on,
            rate_percent=row.rate_pct,
            source=row.source,
            is_confirmed=row.is_confirmed,
            recorded_at=act.at,
            by_id=act.user_id,
        )
    )
    done = replan(session, act=act, change=Change(old, new), watch=watch)
    facts = {"basis": row.basis.value, "from_on": row.from_on.isoformat(), "rate": f"{row.rate_pct:f}"}
    if instead_of is not None:
        facts |= {"was_from_on": instead_of.from_on.isoformat(), "was_rate": f"{instead_of.rate_pct:f}"}
    _record(session, act, "interest_rate", facts, done, is_correction=instead_of is not None)
    return done


def keep_spread(
    session: Session, *, act: Act, row: Spread, instead_of: Spread | None = None, watch: Watch = UNWATCHED
) -> Replanned:
    """Add a spread, or put one right, and plan anew what follows it; as :func:`keep_reference`."""
    old = rate_table(session)
    new = _with(old, row, instead_of, act.today)
    if instead_of is not None:
        session.delete(_held_spread(session, instead_of))
        session.flush()
    session.add(
        RateSpread(
            signed_from=row.signed_from,
            ends_from=row.ends_from,
            basis=row.basis,
            spread_percent=row.spread_pct,
            source=row.source,
            is_confirmed=row.is_confirmed,
            recorded_at=act.at,
            by_id=act.user_id,
        )
    )
    done = replan(session, act=act, change=Change(old, new), watch=watch)
    facts = {
        "basis": row.basis.value,
        "signed_from": row.signed_from.isoformat(),
        "ends_from": str(row.ends_from),
        "rate": f"{row.spread_pct:f}",
    }
    if instead_of is not None:
        facts |= {"was_rate": f"{instead_of.spread_pct:f}"}
    _record(session, act, "rate_spread", facts, done, is_correction=instead_of is not None)
    return done


def confirm_reference(session: Session, *, act: Act, basis: RateBasis, from_on: date) -> None:
    """Say that a published rate was held against its publication.

    Raises:
        NotVisible: there is no such rate.

    """
    held = session.get(ReferenceRate, (basis, from_on), with_for_update=True)
    if held is None:
        raise NotVisible
    if held.is_confirmed:
        return
    held.is_confirmed = True
    act.record(session, "interest_rate:confirmed", basis=basis.value, from_on=from_on.isoformat())


def confirm_spread(session: Session, *, act: Act, signed_from: date, ends_from: int) -> None:
    """Say that a spread was held against its publication; as :func:`confirm_reference`."""
    held = session.get(RateSpread, (signed_from, ends_from), with_for_update=True)
    if held is None:
        raise NotVisible
    if held.is_confirmed:
        return
    held.is_confirmed = True
    act.record(session, "rate_spread:confirmed", signed_from=signed_from.isoformat(), ends_from=str(ends_from))


def _record(
    session: Session, act: Act, noun: str, facts: dict[str, str], done: Replanned, *, is_correction: bool
) -> None:
    told: dict[str, Any] = {"contracts": done.contracts, "instalments": done.instalments, **facts}
    if is_correction:
        act.record(session, f"{noun}:corrected", **told)
    else:
        act.record(session, f"{noun}:added", **told)


def _with(table: RateTable, row: Reference | Spread, instead_of: Reference | Spread | None, today: date) -> RateTable:
    """Return the table as it will stand; refuses a row that cannot be right."""
    if isinstance(row, Reference):
        references = _without(table.references, instead_of)
        check_reference(row, references, today)
        return replace(table, references=(*references, row))
    spreads = _without(table.spreads, instead_of)
    check_spread(row, spreads, today)
    return replace(table, spreads=(*spreads, row))


def _without(rows: Sequence[Row], one: Reference | Spread | None) -> tuple[Row, ...]:
    return tuple(row for row in rows if row != one)


def _held_reference(session: Session, row: Reference) -> ReferenceRate:
    held = session.get(ReferenceRate, (row.basis, row.from_on), with_for_update=True)
    if held is None:
        raise NotVisible
    return held


def _held_spread(session: Session, row: Spread) -> RateSpread:
    held = session.get(RateSpread, (row.signed_from, row.ends_from), with_for_update=True)
    if held is None:
        raise NotVisible
    return held
