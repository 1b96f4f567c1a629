"""Contracts of the same terms share one repayment plan

Instalments and rate periods stood under each contract, though a district has few different terms: ninety-nine in a
hundred rows said again what another contract's said. They stand under a plan now, and contracts name theirs.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_AT_A_TIME = 5_000  # contracts
_NEVER_CHANGED = ("repayment_plans", "instalments", "rate_periods")
_LINES = {"instalments": ("due_on", "principal", "interest"), "rate_periods": ("from_on", "rate_percent")}
_OF_LOANS, _OF_PLANS = "{}_of_loans", "{}_of_plans"


def upgrade() -> None:
    connection = op.get_bind()
    op.create_table(
        "repayment_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayment_plans")),
        sa.UniqueConstraint("signature", name=op.f("uq_repayment_plans_signature")),
    )
    # Added as it is on both databases: a table that others point to is not copied.
    op.execute(
        "ALTER TABLE loans ADD COLUMN plan_id INTEGER CONSTRAINT fk_loans_plan_id REFERENCES repayment_plans (id)"
    )
    _make_anew("plan_id", "repayment_plans", _OF_LOANS)
    ids: dict[bytes, int] = {}
    for loans in _loans(connection):
        first, last = loans[0], loans[-1]
        lines = {name: _lines(connection, _OF_LOANS.format(name), "loan_id", first, last) for name in _LINES}
        plans: list[dict[str, Any]] = []
        new: dict[str, list[dict[str, Any]]] = {name: [] for name in _LINES}
        chosen: list[dict[str, Any]] = []
        for loan_id in loans:
            its = {name: lines[name].get(loan_id, []) for name in _LINES}
            if not any(its.values()):
                continue
            signature = _signature(its["instalments"], its["rate_periods"])
            plan_id = ids.get(signature)
            if plan_id is None:
                plan_id = ids[signature] = len(ids) + 1
                plans.append({"id": plan_id, "signature": signature.hex()})
                for name, columns in _LINES.items():
                    new[name] += [{"plan_id": plan_id} | dict(zip(columns, line, strict=True)) for line in its[name]]
            chosen.append({"loan": loan_id, "plan": plan_id})
        _insert(connection, _plans(), plans)
        for name in _LINES:
            _insert(connection, _table(name, "plan_id"), new[name])
        if chosen:
            loan = sa.table("loans", sa.column("id"), sa.column("plan_id"))
            connection.execute(
                sa.update(loan).where(loan.c.id == sa.bindparam("loan")).values(plan_id=sa.bindparam("plan")), chosen
            )
    for name in _LINES:
        op.drop_table(_OF_LOANS.format(name))
    if ids and connection.dialect.name == "postgresql":  # they were numbered here
        op.execute(
            "SELECT setval(pg_get_serial_sequence('repayment_plans', 'id'), (SELECT max(id) FROM repayment_plans))"
        )
    _forbid_changes(connection)


def downgrade() -> None:
    connection = op.get_bind()
    _allow_changes(connection)
    _make_anew("loan_id", "loans", _OF_PLANS)
    for name, columns in _LINES.items():
        op.execute(
            f"INSERT INTO {name} (loan_id, {', '.join(columns)}) "
            f"SELECT loans.id, {', '.join(f'old.{one}' for one in columns)} FROM loans "
            f"JOIN {_OF_PLANS.format(name)} AS old ON old.plan_id = loans.plan_id"
        )
        op.drop_table(_OF_PLANS.format(name))
    op.execute("ALTER TABLE loans DROP COLUMN plan_id")
    op.drop_table("repayment_plans")


def _make_anew(owner: str, owners: str, aside: str) -> None:
    """Set both tables of lines aside and make them anew, their lines under something else."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    before = "plan_id" if owner == "loan_id" else "loan_id"
    for name in _LINES:
        op.rename_table(name, aside.format(name))
        if is_postgres:  # names of keys are the schema's there
            for key in (f"pk_{name}", f"fk_{name}_{before}"):
                op.execute(f"ALTER TABLE {aside.format(name)} RENAME CONSTRAINT {key} TO {aside.format(key)}")
    money = (
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("interest", sa.BigInteger(), nullable=False),
    )
    rate = (sa.Column("rate_percent", sa.Numeric(precision=6, scale=4), nullable=False),)
    for name, day, values in (("instalments", "due_on", money), ("rate_periods", "from_on", rate)):
        op.create_table(
            name,
            sa.Column(owner, sa.Integer(), nullable=False),
            sa.Column(day, sa.Date(), nullable=False),
            *values,
            sa.ForeignKeyConstraint([owner], [f"{owners}.id"], name=op.f(f"fk_{name}_{owner}")),
            sa.PrimaryKeyConstraint(owner, day, name=op.f(f"pk_{name}")),
        )


def _loans(connection: sa.Connection) -> Iterator[Sequence[int]]:
    """Yield the ids of all contracts, some at a time."""
    loan_id = sa.column("id", sa.Integer())
    query = sa.select(loan_id).select_from(sa.table("loans")).order_by(loan_id).limit(_AT_A_TIME)
    after = 0
    while ids := connection.scalars(query.where(loan_id > after)).all():
        after = ids[-1]
        yield ids


def _lines(
    connection: sa.Connection, table: str, owner: str, first: int, last: int
) -> dict[int, list[tuple[Any, ...]]]:
    name = "instalments" if table.startswith("instalments") else "rate_periods"
    held = _table(name, owner, table)
    columns = [held.c[one] for one in _LINES[name]]
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for of, *line in connection.execute(
        sa.select(held.c[owner], *columns).where(held.c[owner].between(first, last)).order_by(held.c[owner], columns[0])
    ):
        found[of].append(tuple(line))
    return found


def _signature(instalments: list[tuple[Any, ...]], rates: list[tuple[Any, ...]]) -> bytes:
    """Return what tells a plan apart, as it stood when this was written."""
    lines = [f"{_day(due_on)} {principal} {interest}" for due_on, principal, interest in instalments]
    periods = [f"{_day(from_on)} {rate:.4f}" for from_on, rate in rates]
    return hashlib.sha256("\n".join([*lines, "", *periods]).encode()).digest()


def _day(day: date) -> str:
    return day.isoformat()


def _insert(connection: sa.Connection, table: sa.TableClause, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _plans() -> sa.TableClause:
    return sa.table("repayment_plans", sa.column("id", sa.Integer()), sa.column("signature", sa.String()))


def _table(name: str, owner: str, called: str = "") -> sa.TableClause:
    types = {
        "due_on": sa.Date(),
        "from_on": sa.Date(),
        "principal": sa.BigInteger(),
        "interest": sa.BigInteger(),
        "rate_percent": sa.Numeric(6, 4),
    }
    columns = (sa.column(one, types[one]) for one in _LINES[name])
    return sa.table(called or name, sa.column(owner, sa.Integer()), *columns)


def _forbid_changes(connection: sa.Connection) -> None:
    """Let the database refuse what would change the plan of very many at once."""
    for table in _NEVER_CHANGED:
        if connection.dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )


def _allow_changes(connection: sa.Connection) -> None:
    for table in _NEVER_CHANGED:
        on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
        op.execute(f"DROP TRIGGER {table}_no_update{on}")
