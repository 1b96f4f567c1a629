"""The demo district: the same seed makes the same files, and the imports take every row of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Settings
from models.borrowers import Borrower, ContactPoint
from models.casework import Promise
from models.database import Database
from models.escalations import Escalation
from models.events import Event
from models.notices import Notice
from models.organisation import AreaAssignment, District, GroupSeat, School, Township, Village
from models.rules import identity
from models.rules.buckets import BUCKETS
from models.rules.casework import PromiseState
from models.rules.default_rate import Rate
from models.rules.standing import StandingState
from models.rules.workflows import EscalationState, NoticeState, SuspicionState
from models.standings import BorrowerStanding
from models.suspicions import Suspicion
from portal.app import create_app
from portal.demo import books, fates, load
from portal.demo.fates import Demo, Fate
from portal.services.notices import Terms
from tests.conftest import NOW

AS_OF = date(2026, 11, 23)
SMALL = 60
PASSWORD = "a village school of paper"


def _loaded(database: Database, settings: Settings, demo: Demo) -> None:
    folder = settings.data_dir / "demo"
    books.write_all(demo, folder, load.logins(demo))
    with database.write() as session:
        load.load_all(session, demo=demo, folder=folder, data_dir=settings.data_dir, password=PASSWORD, latest=NOW)


def _values(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every cell of every sheet of the files in a folder."""
    found = {}
    for path in sorted(folder.glob("*.xlsx")):
        book = load_workbook(path)
        for sheet in book:
            found[f"{path.name}/{sheet.title}"] = [tuple(cell.value for cell in row) for row in sheet.rows]
    return found


def _figures(session: Session) -> list[tuple[object, ...]]:
    """Where everybody stands, by the masked number that does not depend on keys."""
    rows = session.execute(
        select(
            Borrower.masked_id,
            Borrower.name,
            BorrowerStanding.state,
            BorrowerStanding.bucket,
            BorrowerStanding.overdue_since,
            BorrowerStanding.overdue_total,
            BorrowerStanding.due_this_season,
            BorrowerStanding.next_due_amount,
        )
        .join(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .order_by(Borrower.id)
    )
    return [tuple(row) for row in rows]


@pytest.fixture
def two_databases(sqlite_template: Path, tmp_path: Path) -> Iterator[list[Database]]:
    found = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.sqlite3"
        path.write_bytes(sqlite_template.read_bytes())
        found.append(Database(f"sqlite:///{path}"))
    yield found
    for database in found:
        database.engine.dispose()


def test_same_seed_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        demo = fates.invent(SMALL, 7, AS_OF)
        books.write_all(demo, tmp_path / name, load.logins(demo))
    one = _values(tmp_path / "one")
    assert one == _values(tmp_path / "two")
    assert {key.partition("/")[0] for key in one} == {
        books.ORGANISATION,
        books.ROSTER,
        books.ARREARS,
        books.REPAYMENTS,
        books.REPAYMENTS_SINCE,
    }
    other = fates.invent(SMALL, 8, AS_OF)
    books.write_all(other, tmp_path / "other", load.logins(other))
    assert _values(tmp_path / "other") != one


def test_same_seed_same_figures(two_databases: list[Database], settings: Settings) -> None:
    figures = []
    for database in two_databases:
        _loaded(database, settings, fates.invent(SMALL, 7, AS_OF))
        with database.reader() as session:
            figures.append(_figures(session))
    assert len(figures[0]) == SMALL
    assert figures[0] == figures[1]


def test_every_standing_is_there(database: Database, settings: Settings) -> None:
    demo = fates.invent(300, 11, AS_OF)
    _loaded(database, settings, demo)
    with database.reader() as session:
        states = Counter(session.scalars(select(BorrowerStanding.state)))
        buckets = Counter(session.scalars(select(BorrowerStanding.bucket)))
        told = {(life.person.name, identity.masked_id(life.person.id_number)): life for life in demo.lives}
        standing = {
            (name, masked): (state, bucket)
            for name, masked, state, bucket in session.execute(
                select(Borrower.name, Borrower.masked_id, BorrowerStanding.state, BorrowerStanding.bucket).join(
                    BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id
                )
            )
        }
    assert set(states) == set(StandingState)
    assert {bucket.key for bucket in BUCKETS} <= set(buckets)
    for key, life in told.items():
        behind = life.fate in {Fate.BEHIND, Fate.PAID_PART}
        assert (standing[key][0] is StandingState.OVERDUE) == behind, life.fate
        if behind:
            assert standing[key][1] == life.bucket


def test_files_are_taken_whole_and_sign_ins_work(database: Database, settings: Settings) -> None:
    demo = fates.invent(SMALL, 3, AS_OF)
    folder = settings.data_dir / "demo"
    books.write_all(demo, folder, load.logins(demo))
    with database.write() as session:
        done = load.load_all(
            session, demo=demo, folder=folder, data_dir=settings.data_dir, password=PASSWORD, latest=NOW
        )
        assert [batch.rejected for batch in done.values()] == [0] * 5
        assert done[books.ROSTER].new == sum(len(life.told) for life in demo.lives)
        assert done[books.ARREARS].data_on == demo.days.data_on
    with database.reader() as session:
        assert session.scalars(select(District.is_fictional)).one()
        assert all(code.startswith("99") for code in session.scalars(select(Township.code)))
        assert all(phone.startswith("154") for phone in session.scalars(select(ContactPoint.value)))
        member = session.scalars(select(GroupSeat).where(GroupSeat.person_name == load.users(demo)[0].name)).one()
        assert member.user_id is not None
        mine = session.scalar(
            select(func.count())
            .select_from(BorrowerStanding)
            .join(Borrower, Borrower.id == BorrowerStanding.borrower_id)
            .join(AreaAssignment, AreaAssignment.village_id == Borrower.village_id)
            .where(AreaAssignment.seat_id == member.id, BorrowerStanding.state == StandingState.OVERDUE)
        )
        assert mine is not None
        assert mine >= 8
        with pytest.raises(load.Refused, match="already"):
            load.load_all(session, demo=demo, folder=folder, data_dir=settings.data_dir, password=PASSWORD, latest=NOW)
    app = create_app(
        replace(settings, database_url=database.engine.url.render_as_string(hide_password=False)), database
    )
    app.config["WTF_CSRF_ENABLED"] = False
    for user in load.users(demo):
        answer = app.test_client().post("/sign-in", data={"username": user.username, "password": PASSWORD})
        assert answer.status_code == 303, user.username
        assert "account" not in answer.location  # nobody is asked for a new password


def test_history_is_told_through_the_services(database: Database, settings: Settings) -> None:
    demo = fates.invent(SMALL, 3, AS_OF)
    folder = settings.data_dir / "demo"
    books.write_all(demo, folder, load.logins(demo))
    with database.write() as session:
        load.load_all(
            session, demo=demo, folder=folder, data_dir=settings.data_dir, password=PASSWORD, latest=NOW,
            terms=Terms("http://127.0.0.1:8000", 35),
        )  # fmt: skip
    with database.reader() as session:
        notices = Counter(session.scalars(select(Notice.state)))
        promises = Counter(session.scalars(select(Promise.state)))
        reports = Counter(session.scalars(select(Suspicion.state)))
        requests = Counter(session.scalars(select(Escalation.state)))
        lost = session.scalar(select(func.count()).select_from(Borrower).where(Borrower.is_out_of_touch))
        moments = list(session.scalars(select(Event.at).order_by(Event.id)))
    # One served and one waiting; two more served before the reports; one called back by a payment.
    assert notices == {NoticeState.SERVED: 3, NoticeState.ISSUED: 1, NoticeState.CALLED_BACK: 1}
    assert reports == {SuspicionState.PROPOSED: 1, SuspicionState.SIGNED: 1}
    assert requests == {EscalationState.SENT: 1}
    assert promises == {PromiseState.OPEN: 1, PromiseState.BROKEN: 1}
    assert lost == 1
    assert max(moments) <= NOW


def test_default_size_and_spread() -> None:
    demo = fates.invent(3_900, 2026, AS_OF)
    assert (len(demo.district.townships), len(demo.district.villages), len(demo.district.schools)) == (12, 140, 18)
    assert len({village.name for village in demo.district.villages}) == 140
    contracts = [told for life in demo.lives for told in life.told]
    assert 8_700 <= len(contracts) <= 9_300
    assert len({told.contract.contract_no for told in contracts}) == len(contracts)
    assert len({life.person.id_number for life in demo.lives}) == 3_900
    assert max(len(life.told) for life in demo.lives) > min(len(life.told) for life in demo.lives)
    due = [life for life in demo.lives if life.fate not in {Fate.STUDYING, Fate.FRESH}]
    bad = [life for life in due if life.fate in {Fate.BEHIND, Fate.PAID_PART}]
    assert Rate(len(bad), len(due)).exceeds()
    assert 5 <= 100 * len(bad) / len(due) <= 9
    by_school = {
        school.name: Rate(
            sum(life.person.village.school == school.name for life in bad),
            sum(life.person.village.school == school.name for life in due),
        )
        for school in demo.district.schools
    }
    assert any(rate.bad == 0 for rate in by_school.values())
    assert 10 <= max(100 * rate.bad / rate.all for rate in by_school.values()) <= 16
    fate_counts = Counter(life.fate for life in demo.lives)
    assert set(fate_counts) == set(Fate)
    for life in demo.lives:
        assert identity.check_resident_id(life.person.id_number) == life.person.id_number
        assert life.person.id_number.startswith("99")


@pytest.mark.parametrize(
    "as_of",
    [date(2025, 1, 1), date(2026, 2, 1), date(2026, 8, 31), date(2026, 9, 1), date(2026, 12, 20), date(2026, 12, 21),
     date(2026, 12, 31), date(2028, 2, 29)],
)  # fmt: skip
def test_any_day_will_do(as_of: date) -> None:
    demo = fates.invent(200, 5, as_of)
    assert 0 <= (as_of - demo.days.data_on).days <= 30
    assert {life.bucket for life in demo.lives} >= {bucket.key for bucket in BUCKETS}
    for life in demo.lives:
        for told in life.told:
            assert 0 <= told.balance <= told.contract.principal
            assert told.contract.signed_on <= as_of
            assert told.settled_on is None or told.settled_on < demo.days.data_on
            if told.line:
                assert told.line.total > 0
                assert told.line.since <= demo.days.data_on
    assert all(payment.paid_on <= as_of for payment in demo.payments)


def test_names_say_that_it_is_a_demonstration(database: Database, settings: Settings) -> None:
    _loaded(database, settings, fates.invent(SMALL, 3, AS_OF))
    with database.reader() as session:
        for table in (District, Township, School):
            assert all("演示" in name for name in session.scalars(select(table.name)))
        assert session.scalar(select(func.count()).select_from(Village)) == 15
