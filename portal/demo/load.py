"""The demo district loaded: its files go through the very imports that people use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.imports import ImportBatch
from models.organisation import District, School, Township
from models.rules.imports import ImportKind
from models.rules.permissions import Role
from models.rules.refusals import Refused
from portal.actors import Act, Actor
from portal.demo import books, history, publicity
from portal.demo.clock import Clock
from portal.demo.fates import Demo
from portal.services import accounts, promises, standing_batches, tasks
from portal.services.imports import applying, staging
from portal.services.notices import Terms


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A demo sign-in."""

    username: str
    name: str
    role: Role
    school: str = ""
    township: str = ""


def is_empty(session: Session) -> bool:
    """Say whether there is neither a district nor a borrower."""
    return session.scalar(select(District.id).limit(1)) is None and session.scalar(select(Borrower.id).limit(1)) is None


def users(demo: Demo) -> tuple[DemoUser, ...]:
    """Return the demo sign-ins: one of each role, and a second member of the same school."""
    school = demo.district.schools[0]
    return (
        DemoUser("member", school.members[0], Role.MEMBER, school=school.name),
        DemoUser("member2", school.members[1], Role.MEMBER, school=school.name),
        DemoUser("deputy", school.deputy, Role.DEPUTY, school=school.name),
        DemoUser("leader", school.leader, Role.LEADER, school=school.name),
        DemoUser("centre", "演示中心经办", Role.CENTRE),
        DemoUser("township", "演示镇干部", Role.TOWNSHIP, township=school.township),
        DemoUser("admin", "演示管理员", Role.ADMIN),
        DemoUser("auditor", "演示审计员", Role.AUDITOR),
    )


def logins(demo: Demo) -> dict[tuple[str, str], str]:
    """Return the sign-in names of people of leadership groups by (school, name)."""
    return {(one.school, one.name): one.username for one in users(demo) if one.school}


def load_all(
    session: Session,
    *,
    demo: Demo,
    folder: Path,
    data_dir: Path,
    password: str,
    latest: datetime,
    terms: Terms | None = None,
) -> dict[str, ImportBatch]:
    """Load a whole demo district: lists, sign-ins, some history, and what came in since.

    Args:
        session: a writing session over an empty database.
        demo: the district whose files are in ``folder``.
        folder: where ``books.write_all`` wrote them.
        data_dir: where the installation keeps received files.
        password: of every demo sign-in.
        latest: nothing is said to have happened after it.
        terms: of issuing notices; without them no history is told.

    Returns:
        The imports by name of file, in order.

    Raises:
        Refused: the database is not empty, or a row of a file was not taken.

    """
    clock = Clock(latest)
    done = load(session, demo=demo, folder=folder, data_dir=data_dir, password=password, clock=clock)
    if terms is not None:
        history.tell(session, demo=demo, terms=terms, clock=clock)
        publicity.tell(session, demo=demo, clock=clock)
    since = bring_up_to_date(session, demo=demo, folder=folder, data_dir=data_dir, clock=clock)
    return done | ({books.REPAYMENTS_SINCE: since} if since else {})


def load(
    session: Session, *, demo: Demo, folder: Path, data_dir: Path, password: str, clock: Clock
) -> dict[str, ImportBatch]:
    """Load what the files of a demo district say, as the centre would, and make the demo sign-ins.

    Args:
        session: a writing session over an empty database; the caller commits all of it or nothing.
        demo: the district whose files are in ``folder``.
        folder: where ``books.write_all`` wrote them.
        data_dir: where the installation keeps received files.
        password: of every demo sign-in.
        clock: the moments at which things are said to have happened.

    Returns:
        The imports by name of file, in order.

    Raises:
        Refused: the database is not empty, or a row of a file was not taken.

    """
    if not is_empty(session):
        raise Refused("There are data already: the demo district is loaded into an empty database only.")
    began = demo.days.data_on
    listed = min(demo.days.data_on + timedelta(days=1), demo.days.as_of)
    done: dict[str, ImportBatch] = {}

    def bring(name: str, kind: ImportKind, actor: Actor | None, day: date) -> None:
        act = Act(actor, clock.at(day))
        content = (folder / name).read_bytes()
        batch = staging.receive(session, act=act, kind=kind, file_name=name, content=content, data_dir=data_dir)
        done[name] = applying.apply(session, act=act, batch_id=batch.id, data_dir=data_dir)
        if done[name].rejected:
            raise Refused("%(rows)s rows of %(file)s were not taken.", rows=done[name].rejected, file=name)

    bring(books.ORGANISATION, ImportKind.ORGANISATION, None, began)
    centre = _add_users(session, demo, password, Act(None, clock.at(began)))
    bring(books.ORGANISATION, ImportKind.ORGANISATION, centre, began)  # once more: the seats find their accounts
    bring(books.ROSTER, ImportKind.ROSTER, centre, listed)
    bring(books.REPAYMENTS, ImportKind.REPAYMENTS, centre, listed)
    bring(books.ARREARS, ImportKind.ARREARS, centre, listed)
    return done


def bring_up_to_date(session: Session, *, demo: Demo, folder: Path, data_dir: Path, clock: Clock) -> ImportBatch | None:
    """Load what the bank received since its list, and judge for the day the district is shown on.

    Returns:
        The import; ``None`` when nothing was received.

    """
    batch: ImportBatch | None = None
    act = Act(None, clock.at(demo.days.as_of))
    if demo.payments_since:
        batch = staging.receive(
            session,
            act=act,
            kind=ImportKind.REPAYMENTS,
            file_name=books.REPAYMENTS_SINCE,
            content=(folder / books.REPAYMENTS_SINCE).read_bytes(),
            data_dir=data_dir,
        )
        batch = applying.apply(session, act=act, batch_id=batch.id, data_dir=data_dir)
    standing_batches.sweep(session, act=act, as_of=demo.days.as_of)
    promises.judge_due(session, act=act, as_of=demo.days.as_of)
    tasks.lapse_thanks(session, act=act, as_of=demo.days.as_of)
    return batch


def _add_users(session: Session, demo: Demo, password: str, act: Act) -> Actor:
    schools = {name: school_id for school_id, name in session.execute(select(School.id, School.name))}
    townships = {name: township_id for township_id, name in session.execute(select(Township.id, Township.name))}
    made = {
        one.username: accounts.add_user(
            session,
            act=act,
            username=one.username,
            name=one.name,
            role=one.role,
            password=password,
            school_id=schools[one.school] if one.school else None,
            township_id=townships[one.township] if one.township else None,
            must_change_password=False,
        )
        for one in users(demo)
    }
    centre = made["centre"]
    return Actor(centre.id, centre.name, centre.role)
