"""What the rows of a staged list say: of the good ones their clean values, of the wrong ones what they keep."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import select
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
