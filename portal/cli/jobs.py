"""Execute jobs: a worker that stays, or one night in the foreground."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from datetime import date, datetime

import click
from flask.cli import with_appcontext

from models.rules.refusals import Refused
from portal import current
from portal.jobs import backups, nightly
from portal.jobs.registry import PLANS
from portal.jobs.worker import AlreadyRunning, WorkerProcess, only_one
from portal.queries import readiness

_GIVES_WAY = 10  # a page waits for no job: on a busy machine pages run first


@click.command()
@with_appcontext
def worker() -> None:
    """Execute jobs until stopped. Several machines may each run one; WORKER_ID names it (the host name if not set)."""
    with current.database().reader() as session:
        fault = readiness.fault(session)
    if fault is not None:
        raise click.ClickException(str(fault))
    name = os.environ.get("WORKER_ID") or socket.gethostname()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with only_one(current.settings().data_dir, name):
            os.nice(_GIVES_WAY)
            process = WorkerProcess(current.database(), current.settings(), PLANS, name, current.now)
            process.start()
            print(f"worker {name} is ready", flush=True)
            stopped.wait()
            process.stop()
    except AlreadyRunning as error:
        raise click.ClickException(
            f"A worker named {name} runs on this machine already; give this one another name with WORKER_ID."
        ) from error


@click.command("nightly")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day; today when not given.")
@with_appcontext
def nightly_command(as_of: datetime | None) -> None:
    """Do the night's work of a day here and now; running it twice changes nothing the second time."""
    day: date = as_of.date() if as_of else current.today()
    changed = nightly.in_foreground(current.database(), day)
    settings = current.settings()
    if settings.backup_dir is not None:
        try:
            made = backups.make_for_night(current.database(), settings, as_of=day, now=current.now())
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from refusal
        changed[backups.STEP] = made
    print(json.dumps({"as_of": day.isoformat(), **changed}))


COMMANDS = (worker, nightly_command)
