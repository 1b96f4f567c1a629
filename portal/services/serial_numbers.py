"""Serial numbers without unexplained gaps: taken under the year's lock, then used, or void with the reason.

After a restore a series goes on above everything that may have been given (``models.rules.serials``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, insert, literal_column, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from config import COUNTY_TIME
from models.notices import NoticeNumber, NoticeSerial
from models.papers import PaperNumber, PaperSerial
from models.restores import PassedNumbers, Restore
from models.rules import serials
from models.rules.notices import RESERVATION_MINUTES, NumberState
from models.rules.papers import PaperKind
from models.rules.refusals import Refused
from models.rules.sentences import N_
from models.serials import SerialCounter, SerialNumber
from portal.actors import Act

_ABANDONED = N_("Making the paper was interrupted.")
_YEAR_OVER = N_("The year ended before the paper was made.")
_RESTORED = N_("Data were brought back from a backup: the paper may have been issued after the backup was made.")

Holder = TypeVar("Holder", int, str)


@dataclass(frozen=True, slots=True)
class Register:
    """Where the numbers of one kind of paper are kept.

    Attributes:
        numbers: the table of numbers.
        counters: the table of the years' last numbers.
        holder: the column that says whose a reservation is; one holder has one reserved number at most.
        kind: of paper, where the tables hold several kinds.

    """

    numbers: type[SerialNumber]
    counters: type[SerialCounter]
    holder: InstrumentedAttribute[Any]
    kind: PaperKind | None = None

    @property
    def fixed(self) -> dict[str, PaperKind]:
        """Values that every row of this register has."""
        return {} if self.kind is None else {"kind": self.kind}

    @property
    def of_kind(self) -> tuple[ColumnElement[bool], ...]:
        """Conditions that tell this register's numbers from others of the same table."""
        return () if self.kind is None else (PaperNumber.kind == self.kind,)

    @property
    def is_reserved(self) -> ColumnElement[bool]:
        """Say, in SQL, that a number is reserved.

        Written out: with a parameter in its place, the index of reserved numbers would not be used.
        """
        return self.numbers.state == literal_column(f"'{NumberState.RESERVED.value}'")


NOTICES = Register(NoticeNumber, NoticeSerial, NoticeNumber.borrower_id)
"""Numbers of notices, held by borrowers."""


def of_papers(kind: PaperKind) -> Register:
    """Return the register of a kind of paper that is no notice; what holds a number is a natural name, as text."""
    return Register(PaperNumber, PaperSerial, PaperNumber.held_for, kind)


@dataclass(frozen=True, slots=True)
class Claim:
    """A number and the check code by which it is held: whoever claims it anew has another code."""

    year: int
    number: int
    check_code: str


def claim(session: Session, act: Act, register: Register, codes: Mapping[Holder, str]) -> dict[Holder, Claim]:
    """Take over each holder's reserved number, or take the next ones of the year, in the order given.

    Args:
        session: a writing session in which whoever the papers are about is locked.
        act: who issues.
        register: of which kind.
        codes: the check code by holder; not empty.

    Raises:
        Refused: see ``first_free``.

    """
    year, table = act.today.year, register.numbers
    claims = {}
    mine = session.execute(
        select(table, register.holder)
        .where(register.holder.in_(codes), register.is_reserved, *register.of_kind)
        .order_by(table.year, table.number)
        .with_for_update()
    )
    for row, holder in mine:
        if row.year == year:
            row.check_code, row.reserved_at = codes[holder], act.at
            claims[holder] = Claim(year, row.number, row.check_code)
        else:
            _void(row, _YEAR_OVER)
    session.flush()
    new = [holder for holder in codes if holder not in claims]
    if new:
        first = _next(session, act, register, len(new))
        claims |= {holder: Claim(year, number, codes[holder]) for number, holder in enumerate(new, first)}
        session.execute(
            insert(table),
            [
                {
                    "year": year,
                    "number": claims[holder].number,
                    register.holder.key: holder,
                    "check_code": codes[holder],
                    "state": NumberState.RESERVED,
                    "reserved_at": act.at,
                    **register.fixed,
                }
                for holder in new
            ],
        )
    return claims


def held(session: Session, register: Register, claims: Iterable[Claim]) -> set[Claim]:
    """Return which claims still hold their reserved number, the numbers locked."""
    table = register.numbers
    wanted = {(one.year, one.number): one for one in claims}
    rows = session.execute(
        select(table.year, table.number, table.check_code)
        .where(tuple_(table.year, table.number).in_(list(wanted)), register.is_reserved, *register.of_kind)
        .order_by(table.year, table.number)
        .with_for_update()
    )
    return {Claim(*row) for row in rows}.intersection(wanted.values())


def use(session: Session, register: Register, claims: Collection[Claim]) -> None:
    """Make claimed numbers used: their papers are stored in the same transaction."""
    table = register.numbers
    for year in {one.year for one in claims}:
        session.execute(
            update(table)
            .where(
                table.year == year,
                table.number.in_([one.number for one in claims if one.year == year]),
                *register.of_kind,
            )
            .values(state=NumberState.USED)
            .execution_options(synchronize_session=False)
        )


def void(session: Session, register: Register, claim: Claim, reason: str) -> str:
    """Make a claimed number void; returns the reason as it is kept."""
    table = register.numbers
    row = session.scalars(
        select(table)
        .where(table.year == claim.year, table.number == claim.number, *register.of_kind)
        .execution_options(populate_existing=True)
    ).one()
    _void(row, reason)
    return row.void_reason


def void_reserved(session: Session) -> int:
    """Make void what is reserved in a database brought back: its papers may have been issued since; returns how many.

    The same holders would take these numbers over, and a second paper would bear them.
    """
    count = 0
    for table in (NoticeNumber, PaperNumber):
        found = session.scalars(
            update(table)
            .where(table.state == NumberState.RESERVED)
            .values(state=NumberState.VOID, void_reason=_RESTORED)
            .returning(table.number)
            .execution_options(synchronize_session=False)
        )
        count += len(found.all())
    return count


def first_free(session: Session, act: Act, *, last: int, count: int = 1) -> int:
    """Return the first of so many numbers of this year that nobody can have been given, in no life of the database.

    Args:
        session: a session in which the series is locked.
        act: who issues.
        last: the last number of the series given this year; 0 for none.
        count: how many are needed.

    Raises:
        Refused: so many are not free yet, or the clock has gone back behind a restore.

    """
    passed = 0
    for restored in session.scalars(select(Restore)):
        if restored.at > act.at:
            raise Refused(
                "The clock of this machine says %(now)s, and data were brought back at %(then)s: set the clock before "
                "papers are numbered.",
                now=_moment(act.at), then=_moment(restored.at),
            )  # fmt: skip
        if restored.year == act.today.year:
            passed = max(passed, restored.bound)
    return serials.first_free(last=last, passed=passed, count=count, moment=act.at.astimezone(COUNTY_TIME))


def _moment(at: datetime) -> str:
    return at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")


def _next(session: Session, act: Act, register: Register, count: int) -> int:
    """Take so many numbers of the year under its lock; returns the first."""
    counter = _counter(session, act.today.year, register)
    _void_abandoned(session, act, register)
    first, after = first_free(session, act, last=counter.last, count=count), counter.last + 1
    if first > after:
        kind = register.kind or PaperKind.NOTICE
        session.add(PassedNumbers(kind=kind, year=counter.year, first=after, last=first - 1))
    counter.last = first + count - 1
    return first


def _counter(session: Session, year: int, register: Register) -> SerialCounter:
    """Return the year's counter, locked; the first who needs it makes it."""
    table = register.counters
    query = (
        select(table)
        .where(table.year == year, *(() if register.kind is None else (PaperSerial.kind == register.kind,)))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        with suppress(IntegrityError), session.begin_nested():  # somebody else may begin the year at the same moment
            session.execute(insert(table).values(year=year, last=0, **register.fixed))
        found = session.scalars(query).one()
    return found


def _void_abandoned(session: Session, act: Act, register: Register) -> None:
    """Make void what a crash left reserved and nobody took over. Whoever holds the year's counter tidies up."""
    longest = timedelta(minutes=RESERVATION_MINUTES)
    table = register.numbers
    for row in session.scalars(
        select(table)
        .where(register.is_reserved, table.reserved_at < act.at - longest, *register.of_kind)
        .with_for_update(skip_locked=True)
    ):
        _void(row, _ABANDONED)


def _void(row: SerialNumber, reason: str) -> None:
    row.state = NumberState.VOID
    row.void_reason = reason[:300]
