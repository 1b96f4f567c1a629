"""Rows of a list as they wait, each with what it says."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportRow
from models.rules.imports import RowOutcome
from portal.queries.import_contents import clean_values


def rows_of(session: Session, batch_id: int) -> list[ImportRow]:
    """Return the rows of a list out of the session, good ones with their clean values as content."""
    rows = list(session.scalars(select(ImportRow).where(ImportRow.batch_id == batch_id).order_by(ImportRow.row_number)))
    clean = list(clean_values(session, batch_id))
    session.expunge_all()
    good = [row for row in rows if row.outcome is not RowOutcome.REJECTED]
    assert all(row.content is None for row in good)
    for row, values in zip(good, clean, strict=True):
        row.content = json.dumps(values)
    return rows
