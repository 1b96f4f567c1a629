"""Fixtures of every test: settings, databases made by the migrations, a small district, a signed-in browser.

Tests under tests/services and tests/data run on SQLite and on a throw-away PostgreSQL; the others on SQLite.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import select

from config import Settings
from models import schema
from models.crypto import KeyRing, use_keys
from models.database import Database
from models.jobs import Job
from models.rules.jobs import JobState
from notices import typefaces
from portal import current
from portal.app import create_app
from portal.jobs.registry import PLANS
from portal.jobs.runner import Runner
from tests.world import PASSWORD, World, build

hypothesis_settings.register_profile("default", max_examples=50, deadline=None)
hypothesis_settings.register_profile(
    "thorough", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, ten in the morning in the county
TYPEFACES = Path(__file__).parent.parent / "data" / "cache" / "typefaces"
_BOTH = (
    "tests/services/",
    "tests/data/",
    "tests/jobs/test_import_kill",
    "tests/jobs/test_batch_kill",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        path = str(metafunc.definition.path)
        kinds = ["sqlite", "postgres"] if any(folder in path for folder in _BOTH) else ["sqlite"]
        metafunc.parametrize("database", kinds, indirect=True, scope="function")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # noqa: ANN201  # pytest's own generator type
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although CI runs everything: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _typefaces() -> None:
    typefaces.use(TYPEFACES)  # built by make test


@pytest.fixture(autouse=True)
def _keys() -> None:
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings.from_environment(
        {"PORTAL_PROFILE": "test", "DATA_DIR": str(tmp_path / "data"), "TYPEFACES_DIR": str(TYPEFACES)}
    )
    for name, byte in (("values", b"v"), ("index", b"i")):
        path = found.data_dir / "keys" / f"{name}.key"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(byte * 32)
        path.chmod(0o600)
    return found


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    """One migrated, empty SQLite file; each test gets a copy."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite3"
        database = Database(f"sqlite:///{path}")
        schema.migrate(database)
        database.engine.dispose()
        yield path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A throw-away PostgreSQL cluster on a unix socket, with one migrated database to copy."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.fail("PostgreSQL is not installed; make test installs it")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        root = Path(folder)
        as_user: list[str] = []
        if os.geteuid() == 0:  # initdb refuses root
            shutil.chown(root, "postgres", "postgres")
            as_user = ["runuser", "-u", "postgres", "--"]
        pg = programs[-1]
        run = {"capture_output": True, "cwd": folder}
        subprocess.run(
            [
                *as_user,
                pg / "initdb",
                "-D",
                root / "db",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ],
            check=True,
            **run,
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c full_page_writes=off -c max_connections=120"
        subprocess.run(
            [*as_user, pg / "pg_ctl", "-D", root / "db", "-w", "-l", root / "log", "-o", options, "start"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            base = "postgresql+psycopg://postgres@/{name}?host=" + folder
            _create(base.format(name="postgres"), "CREATE DATABASE template_portal")
            template = Database(base.format(name="template_portal"))
            schema.migrate(template)
            template.engine.dispose()
            yield base
        finally:
            subprocess.run([*as_user, pg / "pg_ctl", "-D", root / "db", "-m", "immediate", "stop"], check=True, **run)


def _create(url: str, statement: str) -> None:
    admin = Database(url)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    admin.engine.dispose()


@pytest.fixture
def database(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Database]:
    """An empty database of the newest schema, on SQLite or PostgreSQL."""
    if request.param == "sqlite":
        path = settings.data_dir / "portal.sqlite3"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        found = Database(f"sqlite:///{path}")
        yield found
        found.engine.dispose()
        return
    base = request.getfixturevalue("postgres_url")
    name = f"t_{uuid4().hex[:12]}"
    _create(base.format(name="postgres"), f"CREATE DATABASE {name} TEMPLATE template_portal")
    found = Database(base.format(name=name))
    yield found
    found.engine.dispose()
    _create(base.format(name="postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def world(database: Database) -> World:
    """A small fictional district with people of every role and borrowers in every standing."""
    with database.write() as session:
        return build(session, NOW)


@pytest.fixture
def app(settings: Settings, database: Database, world: World) -> Flask:
    """The portal over the small district."""
    url = database.engine.url.render_as_string(hide_password=False)
    return create_app(replace(settings, database_url=url), database)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not signed in; CSRF is switched off here and tested where it belongs."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def time_is() -> Iterator[None]:
    """Let the clock of the request stand on the small district's day."""
    with time_machine.travel(NOW, tick=False):
        yield


def sign_in(client: FlaskClient, username: str) -> FlaskClient:
    """Sign a person of the small district in."""
    answer = client.post("/sign-in", data={"username": username, "password": PASSWORD})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


def work_off(database: Database, settings: Settings) -> list[str]:
    """Do the jobs that wait, here and now, as a worker would; return their keys."""
    with database.reader() as session:
        asked = session.execute(
            select(Job.key, Job.attempt).where(Job.state == JobState.WAITING).order_by(Job.id)
        ).all()
    for key, attempt in asked:
        Runner(database, settings, PLANS, current.now).drive(key, attempt)
    return [key for key, _ in asked]
