"""Published rates to begin with

Reference rates and spreads as far as they are known; those no publication was found for are not confirmed. A
contract's rate is set anew on 21 December, the day after the due day: periods kept from the 20th move by a day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AT = datetime(2026, 11, 24, tzinfo=UTC)
_DAY = timedelta(days=1)
_PRESS = "the level as the press reported it"
_UNSURE = "from memory: to be held against the publication"

_REFERENCES = (
    ("pboc_over_5y", date(2011, 7, 7), "7.05", _UNSURE),
    ("pboc_over_5y", date(2012, 6, 8), "6.80", _UNSURE),
    ("pboc_over_5y", date(2012, 7, 6), "6.55", _UNSURE),
    ("pboc_over_5y", date(2014, 11, 22), "6.15", _UNSURE),
    ("pboc_over_5y", date(2015, 3, 1), "5.90", _UNSURE),
    ("pboc_over_5y", date(2015, 5, 11), "5.65", _UNSURE),
    ("pboc_over_5y", date(2015, 6, 28), "5.40", _UNSURE),
    ("pboc_over_5y", date(2015, 8, 26), "5.15", _UNSURE),
    ("pboc_over_5y", date(2015, 10, 24), "4.90", _UNSURE),
    ("lpr_5y", date(2019, 8, 20), "4.85", _UNSURE),
    ("lpr_5y", date(2019, 11, 20), "4.80", _UNSURE),
    ("lpr_5y", date(2020, 2, 20), "4.75", _UNSURE),
    ("lpr_5y", date(2020, 4, 20), "4.65", _UNSURE),
    ("lpr_5y", date(2022, 1, 20), "4.60", _UNSURE),
    ("lpr_5y", date(2022, 5, 20), "4.45", _PRESS),
    ("lpr_5y", date(2022, 8, 22), "4.30", _PRESS),
    ("lpr_5y", date(2023, 6, 20), "4.20", _UNSURE),
    ("lpr_5y", date(2024, 2, 20), "3.95", _PRESS),
    ("lpr_5y", date(2024, 7, 22), "3.85", _UNSURE),
    ("lpr_5y", date(2024, 10, 21), "3.60", _UNSURE),
    ("lpr_5y", date(2025, 5, 20), "3.50", _PRESS),
)
_SPREADS = (
    (date(2000, 1, 1), 2000, "pboc_over_5y", "0", "the central bank's benchmark without mark-up, until 2019", True),
    (date(2000, 1, 1), 2024, "lpr_5y", "-0.60", "circular of September 2023", True),
    (
        date(2000, 1, 1),
        2025,
        "lpr_5y",
        "-0.70",
        "policy of 2024; that it holds for earlier contracts is from memory",
        False,
    ),
    (date(2020, 1, 1), 2020, "lpr_5y", "-0.30", "policy of 2020", True),
    (date(2020, 1, 1), 2024, "lpr_5y", "-0.60", "circular of September 2023", True),
    (date(2020, 1, 1), 2025, "lpr_5y", "-0.70", "policy of 2024; its first day is from memory", False),
)


def upgrade() -> None:
    references = _table("reference_rates", "basis", "from_on", "rate_percent")
    op.bulk_insert(
        references,
        [
            {"basis": basis, "from_on": from_on, "rate_percent": Decimal(rate)} | _origin(source, source != _UNSURE)
            for basis, from_on, rate, source in _REFERENCES
        ],
    )
    spreads = _table("rate_spreads", "signed_from", "ends_from", "basis", "spread_percent")
    op.bulk_insert(
        spreads,
        [
            {"signed_from": signed_from, "ends_from": ends_from, "basis": basis, "spread_percent": Decimal(spread)}
            | _origin(source, is_confirmed)
            for signed_from, ends_from, basis, spread, source, is_confirmed in _SPREADS
        ],
    )
    _move_periods(day=20, by=_DAY)


def downgrade() -> None:
    _move_periods(day=21, by=-_DAY)
    op.execute("DELETE FROM rate_spreads")
    op.execute("DELETE FROM reference_rates")


def _table(name: str, *columns: str) -> sa.TableClause:
    types = {
        "basis": sa.String(),
        "from_on": sa.Date(),
        "signed_from": sa.Date(),
        "ends_from": sa.Integer(),
        "rate_percent": sa.Numeric(6, 4),
        "spread_percent": sa.Numeric(6, 4),
        "source": sa.String(),
        "is_confirmed": sa.Boolean(),
        "recorded_at": sa.DateTime(timezone=True),
    }
    return sa.table(name, *(sa.column(one, types[one]) for one in (*columns, "source", "is_confirmed", "recorded_at")))


def _origin(source: str, is_confirmed: bool) -> dict[str, object]:  # noqa: FBT001  # one of two columns
    return {"source": source, "is_confirmed": is_confirmed, "recorded_at": _AT}


def _move_periods(*, day: int, by: timedelta) -> None:
    """Move the rate periods that began with an interest year, not with their contract."""
    periods = sa.table("rate_periods", sa.column("loan_id", sa.Integer()), sa.column("from_on", sa.Date()))
    loans = sa.table("loans", sa.column("id", sa.Integer()), sa.column("signed_on", sa.Date()))
    connection = op.get_bind()
    began_with_contract = sa.exists().where(loans.c.id == periods.c.loan_id, loans.c.signed_on == periods.c.from_on)
    for old in connection.scalars(sa.select(periods.c.from_on).distinct()).all():
        if (old.month, old.day) == (12, day):
            connection.execute(
                periods.update().where(periods.c.from_on == old, ~began_with_contract).values(from_on=old + by)
            )
