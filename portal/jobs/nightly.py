"""The night's work as a job: one part for each step, and several where a step has many rows."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.jobs import Job
from models.rules.jobs import JobKind
from portal.actors import Act
from portal.jobs import backups
from portal.jobs.plans import Chunk, Outcome, Plan, Run
from portal.services import jobs, nightly
from portal.services.imports import originals
from portal.services.imports.store import Places

_LONGEST_GAP = 31  # nights made up for after a long rest; standings need only the last, snapshots are per night

_COPIES = "copies"
"""The step that takes away sealed copies whose destruction is on record, where that could not be done at once."""


def key(as_of: date) -> str:
    """Return the natural key of a night."""
    return f"nightly:{as_of.isoformat()}"


def ask_for_nights(session: Session, *, act: Act, until: date) -> list[str]:
    """Ask for every night since the last one asked for, in order; the first time, for one night only.

    Args:
        session: a writing session.
        act: the clock's moment.
        until: the newest day whose night has come.

    Returns:
        The keys of the nights that were not asked for before.

    """
    asked = session.scalars(select(Job.key).where(Job.kind == JobKind.NIGHTLY)).all()
    last = max((date.fromisoformat(name.partition(":")[2]) for name in asked), default=until - timedelta(days=1))
    first = max(last + timedelta(days=1), until - timedelta(days=_LONGEST_GAP - 1))
    nights = [first + timedelta(days=offset) for offset in range((until - first).days + 1)]
    for night in nights:
        jobs.ask(
            session,
            act=act,
            kind=JobKind.NIGHTLY,
            key=key(night),
            title=night.isoformat(),
            arguments={"as_of": night.isoformat()},
        )
    return [key(night) for night in nights]


def in_foreground(database: Database, as_of: date) -> dict[str, int]:
    """Do a night's steps here and now, without checkpoints.

    Returns:
        How many things each step changed.

    """
    changed = dict.fromkeys(nightly.STEPS, 0)
    for step in nightly.STEPS:
        with database.reader() as session:
            parts = nightly.parts(session, as_of, step)
        for part in parts:
            with database.write() as session:
                changed[step] += nightly.do(session, as_of=as_of, part=part)
    return changed


def _chunks(run: Run) -> list[Chunk]:
    with run.database.reader() as session:
        found = [{**part, "name": step} for step in nightly.STEPS for part in nightly.parts(session, _as_of(run), step)]
    found.append({"step": _COPIES, "name": _COPIES})
    if run.settings.backup_dir is not None:
        found.append({"step": backups.STEP, "name": backups.STEP})  # last: with all that the night changed
    return found


def _work(run: Run, chunk: Chunk) -> Outcome | None:
    if chunk["step"] == _COPIES:
        originals.remove(run.database, Places.from_settings(run.settings))
        return None
    if chunk["step"] == backups.STEP:  # in no transaction: nobody waits for it
        backups.make_for_night(run.database, run.settings, as_of=_as_of(run), now=run.act.at)
        return None
    with run.database.write() as session:
        nightly.do(session, as_of=_as_of(run), part=chunk)
    return None


def _as_of(run: Run) -> date:
    return date.fromisoformat(run.arguments["as_of"])


PLAN = Plan(chunks=_chunks, work=_work)
