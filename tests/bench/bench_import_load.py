"""Does the page stay quick while a long list comes in? One reader of a list page, before and while a worker imports.

``BENCH_LOAD_ROWS`` (default 20,000) contracts come in as text beside ``BENCH_HELD`` (default 3,000) that are there, served
by granian with a worker of its own; ``BENCH_REQUESTS`` (default 200) requests one after the other while nothing else
happens, then as many as fit while the list is compared and applied.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from argon2 import PasswordHasher
from sqlalchemy import select

from config import Settings
from models import schema
from models.accounts import User
from models.crypto import KeyRing, use_keys
from models.database import Database
from models.imports import ImportBatch
from models.jobs import Job
from models.rules.imports import ImportKind, ImportStep
from models.rules.jobs import UNFINISHED
from models.rules.permissions import Role
from portal import current
from portal.actors import Act
from portal.services.imports import applying, asking, staging
from tests import books
from tests.bench import bank_files
from tests.bench.report import Report
from tests.bench.serving import running
from tests.conftest import TYPEFACES

_PASSWORD = "a-district-to-measure-by"
_GOAL = 2
_PAGE = "/borrowers"


def run(report: Report) -> None:
    """Measure."""
    rows, held = (
        int(os.environ.get(name, usual)) for name, usual in (("BENCH_LOAD_ROWS", "20000"), ("BENCH_HELD", "3000"))
    )
    with tempfile.TemporaryDirectory(prefix="bench-load-") as made:
        environment = {**os.environ, "PORTAL_PROFILE": "test", "DATA_DIR": made, "TYPEFACES_DIR": str(TYPEFACES)}
        settings = Settings.from_environment(environment)
        use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
        for name, byte in (("values", b"v"), ("index", b"i")):
            key = settings.data_dir / "keys" / f"{name}.key"
            key.parent.mkdir(parents=True, exist_ok=True)
            key.write_bytes(byte * 32)
            key.chmod(0o600)
        database = Database(settings.database_url)
        schema.migrate(database)
        with report.timed(f"a district with {held:,} contracts", held):
            _begin(database, settings, held)
        path = Path(made) / "roster.csv"
        bank_files.write(path, bank_files.roster(held + rows))
        with running(environment) as address:
            _measure(report, database, settings, path, _signed_in(address), address + _PAGE)
        database.engine.dispose()


def _measure(
    report: Report, database: Database, settings: Settings, path: Path, browser: OpenerDirector, page: str
) -> None:
    count = int(os.environ.get("BENCH_REQUESTS", "200"))
    _times(browser, page, lambda taken: len(taken) < count // 10)  # warms the workers up
    idle = _p95(report, "nothing else happens", _times(browser, page, lambda taken: len(taken) < count))
    with database.write() as session:
        batch_id = staging.register(
            session,
            act=Act(None, current.now()),
            kind=ImportKind.ROSTER,
            file_name=path.name,
            content=path.read_bytes(),
            data_dir=settings.data_dir,
            copy_dir=settings.copy_dir,
        ).id
    for step in (ImportStep.COMPARE, ImportStep.APPLY):
        with database.write() as session:
            key = asking.ask(session, act=Act(None, current.now()), batch_id=batch_id, step=step).key
        taken = _times(browser, page, lambda _taken, key=key: _is_under_way(database, key))  # type: ignore[misc]
        busy = _p95(report, f"a list is under way ({step.value})", taken)
        report.at_most(f"p95 of {_PAGE} while a list is under way ({step.value}), of idle", busy / idle, _GOAL)
    with database.reader() as session:
        batch = session.get_one(ImportBatch, batch_id)
        report.say(f"{batch.rows:,} rows, {batch.new:,} new, {batch.rejected:,} wrong; it is {batch.state.value}")
        if batch.applied_at is None:
            raise AssertionError(batch.refusal)


def _times(browser: OpenerDirector, page: str, goes_on: Callable[[list[float]], bool]) -> list[float]:
    taken: list[float] = []
    while goes_on(taken):
        start = time.perf_counter()
        with browser.open(page, timeout=60) as answer:
            if answer.status != 200 or not answer.url.startswith(page) or len(answer.read()) < 2_000:
                raise AssertionError(f"{answer.status} {answer.url}")
        taken.append(time.perf_counter() - start)
        time.sleep(0.02)  # one reader, not an attack
    return taken


def _p95(report: Report, label: str, taken: list[float]) -> float:
    cuts = quantiles(taken, n=100)
    report.say(
        f"p50 {cuts[49] * 1000:7.1f} ms  p95 {cuts[94] * 1000:7.1f} ms  most {max(taken) * 1000:7.1f} ms  "
        f"of {len(taken):,} requests while {label}"
    )
    return cuts[94]


def _is_under_way(database: Database, key: str) -> bool:
    with database.reader() as session:
        return session.scalars(select(Job.state).where(Job.key == key)).one() in UNFINISHED


def _begin(database: Database, settings: Settings, held: int) -> None:
    """Make the organisation, what is there already, and an official who may see it."""
    path = Path(settings.data_dir) / "begin.csv"
    bank_files.write(path, bank_files.roster(held))
    for kind, content in ((ImportKind.ORGANISATION, books.organisation()), (ImportKind.ROSTER, path.read_bytes())):
        act = Act(None, current.now())
        with database.write() as session:
            batch_id = staging.receive(
                session, act=act, kind=kind, file_name="a", content=content, data_dir=settings.data_dir
            ).id
        with database.write() as session:
            applying.apply(session, act=act, batch_id=batch_id, data_dir=settings.data_dir)
    with database.write() as session:
        session.add(
            User(
                username="centre",
                name="钱主任",
                role=Role.CENTRE,
                password_hash=PasswordHasher().hash(_PASSWORD),
                created_at=current.now(),
            )
        )


def _signed_in(address: str) -> OpenerDirector:
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{address}/sign-in") as answer:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    if token is None:
        raise AssertionError("no form to sign in")
    form = {"csrf_token": token[1], "username": "centre", "password": _PASSWORD}
    with browser.open(f"{address}/sign-in", urlencode(form).encode()) as answer:
        if "sign-in" in answer.url:
            raise AssertionError("not let in")
    return browser
