"""Repayment plans kept, each once: contracts of the same terms have the same one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.loans import Instalment, RatePeriod, RepaymentPlan
from models.rules.repayment_plans import PlanContent
from portal.pieces import chunks
from portal.queries.among import among
from portal.services.imports.bulk import insert_tuples

_AT_A_TIME = 2_000


def keep(session: Session, contents: Sequence[PlanContent]) -> list[int | None]:
    """Return the id of each plan, writing those we do not hold; one that says nothing has none.

    Plans are never removed: they hold no personal data, and the next list of the same terms finds them again.

    Args:
        session: a writing session.
        contents: what they say, any number; one that is the same object as another is signed once.

    """
    distinct = {id(one): one for one in contents}
    signatures = {at: None if one.is_empty else one.signature for at, one in distinct.items()}
    signed = {signature: distinct[at] for at, signature in signatures.items() if signature is not None}
    ids: dict[str, int] = {}
    for piece in chunks(sorted(signed), _AT_A_TIME):
        ids |= _held(session, piece)
        missing = [one for one in piece if one not in ids]
        if missing:
            _write(session, {one: signed[one] for one in missing})
            ids |= _held(session, missing)
    found = {at: None if signature is None else ids[signature] for at, signature in signatures.items()}
    return [found[id(one)] for one in contents]


def keep_one(session: Session, content: PlanContent) -> int | None:
    """Return the id of one plan; see ``keep``."""
    return keep(session, [content])[0]


def _held(session: Session, signatures: Sequence[str]) -> dict[str, int]:
    rows = session.execute(
        select(RepaymentPlan.signature, RepaymentPlan.id).where(among(RepaymentPlan.signature, signatures))
    )
    return {signature: plan_id for signature, plan_id in rows}  # noqa: C416  # dict() of rows is untyped


def _write(session: Session, contents: dict[str, PlanContent]) -> None:
    """Write plans; one that somebody else writes at the same moment is left to them, and there when they are done."""
    make = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    statement = make(RepaymentPlan).on_conflict_do_nothing(index_elements=["signature"])
    rows = session.execute(
        statement.returning(RepaymentPlan.signature, RepaymentPlan.id), [{"signature": one} for one in contents]
    )
    written = {signature: plan_id for signature, plan_id in rows}  # noqa: C416  # the same
    insert_tuples(
        session,
        Instalment,
        ("plan_id", "due_on", "principal", "interest"),
        (
            (plan_id, one.due_on, one.principal, one.interest)
            for signature, plan_id in written.items()
            for one in contents[signature].instalments
        ),
    )
    insert_tuples(
        session,
        RatePeriod,
        ("plan_id", "from_on", "rate_percent"),
        (
            (plan_id, from_on, rate)
            for signature, plan_id in written.items()
            for from_on, rate in contents[signature].rates
        ),
    )
