"""Copies of a list that comes in twice at once: whoever fails, or destroys, takes nothing from the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from sqlalchemy import select

from models.jobs import Job
from models.rules.imports import ImportKind
from models.rules.jobs import JobKind, JobState
from portal.jobs import nightly
from portal.services.imports import originals, staging, store
from portal.services.imports.store import Places
from portal.sheets.sources import source_of
from tests import books
from tests.books import contract
from tests.conftest import NOW, work_off
from tests.services.test_import_jobs import Office, office
from tests.services.test_imports import Desk, desk, roster_desk

__all__ = ["desk", "office", "roster_desk"]  # fixtures

_LIST = books.roster(contract(1))
_A_WHILE = 0.2  # seconds in which what does not wait would be done


class _CutOffError(RuntimeError):
    pass


@contextmanager
def _being_named(desk: Desk, sha256: str) -> Iterator[Event]:
    """Let somebody else name the copies in a transaction that ends when the event is set."""
    named, may_end = Event(), Event()

    def name() -> None:
        with desk.database.write() as session:
            staging.register(
                session, act=desk.act, kind=ImportKind.ROSTER, file_name="a.xlsx", content=_LIST, data_dir=desk.data_dir,
                kept_as=sha256,
            )  # fmt: skip
            named.set()
            assert may_end.wait(30)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(name)
        assert named.wait(30)
        try:
            yield may_end
        finally:
            may_end.set()
        done.result()


def _meanwhile(may_end: Event, work: Callable[[], object]) -> None:
    """Do what may have to wait for the other."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        try:
            done.result(_A_WHILE)
        except TimeoutError:
            may_end.set()
            done.result(30)


def test_an_upload_that_fails_leaves_the_copies_another_is_just_naming(desk: Desk) -> None:
    places, sha256 = Places.of(desk.data_dir), store.hash_of(_LIST)
    store.keep(places, sha256, source_of(_LIST))

    def fail() -> None:
        with pytest.raises(_CutOffError), originals.arriving(desk.database, places, source_of(_LIST)):
            raise _CutOffError

    with _being_named(desk, sha256) as may_end:
        _meanwhile(may_end, fail)
    assert list(store.faults(places, sha256)) == []


def test_destroying_a_list_leaves_the_copies_another_is_just_naming(desk: Desk) -> None:
    places, sha256 = Places.of(desk.data_dir), store.hash_of(_LIST)
    batch_id = desk.bring(ImportKind.ROSTER, _LIST)
    with desk.database.write() as session:
        originals.not_kept(session, act=desk.act, batch=desk.batch(batch_id))
    with _being_named(desk, sha256) as may_end:
        _meanwhile(may_end, lambda: originals.remove(desk.database, places))
    assert list(store.faults(places, sha256)) == []


def test_the_night_takes_away_what_could_not_go_at_once(office: Office) -> None:
    desk = office.desk
    places = Places.of(desk.data_dir)
    batch_id = desk.bring(ImportKind.ROSTER, _LIST)
    with desk.database.write() as session:
        originals.not_kept(session, act=desk.act, batch=desk.batch(batch_id))
        assert originals.remove(desk.database, places) == 0  # somebody is writing: it does not see this yet
    assert store.are_there(places, store.hash_of(_LIST))
    with desk.database.write() as session:
        nightly.ask_for_nights(session, act=desk.act, until=NOW.date())
    work_off(desk.database, office.settings)
    with desk.database.reader() as session:
        assert session.scalars(select(Job.state).where(Job.kind == JobKind.NIGHTLY)).all() == [JobState.DONE]
    assert not store.are_there(places, store.hash_of(_LIST))
