"""A large portfolio for the benchmarks, written by the database itself: a few statements, whatever the size.

Three contracts and fifteen instalments a borrower, of five thousand plans: a district has thousands of different terms. Of a hundred borrowers six have missed an earlier December, one the
last; the newest list names them all. One in two hundred has a contract put off, one in a hundred owes something in
February too. Everybody else has paid.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.database import Database
from models.loans import ArrearsList
from tests.world import World

FIRST = 1_000  # ids below belong to the small district itself
DATA_ON = date(2026, 12, 31)
_BATCH = 100_000  # borrowers in one transaction
_DIFFERENT = 5_000  # plans

_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"
_CONTRACTS = "numbers CROSS JOIN (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2) AS three"
_YEARS = "(SELECT {first} AS year {others}) AS years"

# Two of each: the latter half have an instalment in February too.
_PLANS = {
    "repayment_plans (id, signature)": "SELECT n, 'bench' || n FROM numbers",
    "instalments (plan_id, due_on, principal, interest)": (
        "SELECT n, {due_on}, 60000 - n % {plans}, 20000 + n % {plans} FROM numbers CROSS JOIN {five_years}"
    ),
    "instalments (plan_id, due_on, interest, principal)": (
        "SELECT n, '2027-02-20', 500, 10000 FROM numbers WHERE n >= {first} + {plans}"
    ),
}
# Table and columns: the rows of a range of borrowers.
_FILL = {
    "borrowers (id, name, initials, id_number, id_index, id_last_four_index, masked_id, village_id, school_name, "
    "college, verified_source, is_out_of_touch, version)": (
        "SELECT n, '某', 'm', '-', {text_n}, {text_last_four}, '-', {village_id}, '', '', '', false, 1 FROM numbers"
    ),
    "loans (id, borrower_id, lender_id, contract_no, signed_on, principal, balance, rate_percent, subsidy_ends_on, "
    "graduation_year, grace_years, matures_on, plan_id)": (
        "SELECT n * 3 + k, n, {lender_id}, 'B' || (n * 3 + k), '2018-09-01', 800000, 800000, 4.9, '2022-08-31', 2022, 3, "
        "'2036-09-20', {first} + (n * 3 + k) % {plans} + CASE WHEN n % 100 = 50 THEN {plans} ELSE 0 END FROM {contracts}"
    ),
    "repayments (loan_id, paid_on, amount, kind, bank_reference)": (
        "SELECT n * 3 + k, {paid_on}, 80000, 'payment', (n * 3 + k) || '/' || year "
        "FROM {contracts} CROSS JOIN {three_years} WHERE n % 100 > 6"
    ),
    "statements (arrears_list_id, loan_id, overdue_principal, overdue_interest, penalty, overdue_since)": (
        "SELECT {list_id}, n * 3 + k, 60000, 20000, 300, {missed_on} FROM {contracts} WHERE n % 100 <= 6"
    ),
    "reliefs (loan_id, kind, scope, from_on, to_on, reason)": (
        "SELECT n * 3 + k, 'deferral', 'all', '2026-12-01', '2027-12-01', '' FROM {contracts} WHERE n % 200 = 199 AND k = 2"
    ),
}


def size_of(session: Session) -> int:
    """Return how many borrowers of the portfolio there are."""
    return session.scalar(select(func.count()).select_from(Borrower).where(Borrower.id >= FIRST)) or 0


def fill(database: Database, world: World, size: int) -> None:
    """Write the portfolio beside the small district, and let the planner look at it."""
    with database.write() as session:
        newest = ArrearsList(lender_id=world.arrears_list.lender_id, data_on=DATA_ON, applied_at=world.at)
        session.add(newest)
        session.flush()
        facts = {
            "list_id": newest.id,
            "lender_id": newest.lender_id,
            "village_id": world.borrowers["overdue"].village_id,
            "contracts": _CONTRACTS,
            "five_years": _years(2024, 2028),
            "three_years": _years(2024, 2026),
            "first": FIRST,
            "plans": _DIFFERENT,
            **(_ON_SQLITE if database.is_sqlite else _ON_POSTGRESQL),
        }
        numbers = _NUMBERS.format(first=FIRST, last=FIRST + 2 * _DIFFERENT - 1)
        for into, rows in _PLANS.items():
            session.execute(text(f"INSERT INTO {into} {numbers} {rows.format(**facts)}"))
    for first in range(FIRST, FIRST + size, _BATCH):
        numbers = _NUMBERS.format(first=first, last=min(first + _BATCH, FIRST + size) - 1)
        for into, rows in _FILL.items():
            with database.write() as session:
                session.execute(text(f"INSERT INTO {into} {numbers} {rows.format(**facts)}"))
    tidy(database)


def tidy(database: Database) -> None:
    """Let the planner know what the tables hold, as a database in use would."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))


_ON_SQLITE = {
    "text_n": "CAST(n AS TEXT)",
    "text_last_four": "CAST(n % 9999 AS TEXT)",
    "due_on": "year || '-12-20'",
    "paid_on": "year || '-12-' || (10 + (n * 3 + k) % 9)",
    "missed_on": "CASE WHEN n % 100 = 0 THEN '2026-12-20' ELSE '2025-12-20' END",
}
_ON_POSTGRESQL = {
    **_ON_SQLITE,
    "due_on": "make_date(year, 12, 20)",
    "paid_on": "make_date(year, 12, 10 + (n * 3 + k) % 9)",
    "missed_on": "CASE WHEN n % 100 = 0 THEN DATE '2026-12-20' ELSE DATE '2025-12-20' END",
}


def _years(first: int, last: int) -> str:
    others = " ".join(f"UNION ALL SELECT {year}" for year in range(first + 1, last + 1))
    return _YEARS.format(first=first, others=others)
