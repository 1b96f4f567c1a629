"""What the rows of a staged list say: of the good ones their clean values, of the wrong ones what they keep."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.imports import ImportContent, ImportRow
from models.rules.imports import RowOutcome

_GOOD = frozenset(set(RowOutcome) - {RowOutcome.REJECTED})


def clean_values(
    session: Session, batch_id: int, outcomes: Collection[RowOutcome] = _GOOD
) -> Iterator[dict[str, Any] | None]:
    """Go through the clean values of good rows in the order of the list; ``None`` for a row that has none.

    Args:
        session: any session.
        batch_id: the list; one put down before good rows were kept together has them row by row.
        outcomes: only of rows with one of these.

    """
    wanted = {one.value for one in outcomes}
    is_together = False
    for block in session.scalars(_blocks(batch_id)):
        is_together = True
        yield from (content.get("clean") for outcome, content in json.loads(block) if outcome in wanted)
    if not is_together:
        for content in session.scalars(_row_by_row(batch_id, outcomes)):
            yield json.loads(content or "{}").get("clean")


def clean_of_rows(session: Session, batch_id: int, rows: Collection[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """Return the clean values of some good rows of a list, by sheet and row number.

    Only the blocks they lie in are opened. A list put down before good rows were kept together gives none.
    """
    place = func.row_number().over(order_by=(ImportRow.sheet, ImportRow.row_number))
    good = (
        select(ImportRow.sheet, ImportRow.row_number, place.label("place"))
        .where(ImportRow.batch_id == batch_id, ImportRow.outcome != RowOutcome.REJECTED)
        .subquery()
    )
    wanted = select(good).where(good.c.row_number.in_({number for _, number in rows})).order_by(good.c.place)
    places = [(one.place - 1, (one.sheet, one.row_number)) for one in session.execute(wanted)]
    places = [(at, row) for at, row in places if row in rows]
    found: dict[tuple[str, int], Any] = {}
    first = 0
    for position, count in session.execute(
        select(ImportContent.position, ImportContent.rows)
        .where(ImportContent.batch_id == batch_id)
        .order_by(ImportContent.position)
    ).all():
        here = [(at - first, row) for at, row in places if first <= at < first + count]
        first += count
        if here:
            block = json.loads(
                session.scalars(
                    select(ImportContent.content).where(
                        ImportContent.batch_id == batch_id, ImportContent.position == position
                    )
                ).one()
            )
            found |= {row: block[at][1].get("clean") for at, row in here}
    return found


def kept_by_wrong_rows(session: Session, batch_id: int) -> list[int]:
    """Return the contracts whose line is wrong and stays as the list before has it."""
    wrong = [json.loads(content or "{}") for content in session.scalars(_row_by_row(batch_id, (RowOutcome.REJECTED,)))]
    return [one["keeps"] for one in wrong if "keeps" in one]


def _blocks(batch_id: int) -> Any:  # noqa: ANN401  # a select
    return (
        select(ImportContent.content)
        .where(ImportContent.batch_id == batch_id)
        .order_by(ImportContent.position)
        .execution_options(yield_per=1)
    )


def _row_by_row(batch_id: int, outcomes: Collection[RowOutcome]) -> Any:  # noqa: ANN401  # the same
    return (
        select(ImportRow.content)
        .where(ImportRow.batch_id == batch_id, ImportRow.outcome.in_(outcomes))
        .order_by(ImportRow.sheet, ImportRow.row_number)
        .execution_options(yield_per=2_000)
    )
