"""Versions of wordings: begun from the one in force, proposed, approved by somebody else, in force from a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible, Refused
from models.rules.workflows import WORDING, WordingState, WordingStep
from models.wordings import WordingVersion
from notices import wording_checks
from notices.first_wording import FIRST
from portal.actors import Act
from portal.queries import wordings as reads

MOST_DAYS_AHEAD = 366
"""A version that begins later than in a year is a slip of the year."""


def begin(session: Session, *, act: Act, kind: PaperKind, reason: str) -> WordingVersion:
    """Begin a new version of a kind from the one in force today.

    Raises:
        Refused: no reason is given, or a version is open already.

    """
    reason = reason.strip()
    if not reason:
        raise Refused("Say why the wording is changed: whoever approves it, and whoever reads it in five years, asks.")
    open_one = session.scalars(
        select(WordingVersion.name).where(
            WordingVersion.kind == kind, WordingVersion.state.in_([WordingState.DRAFT, WordingState.PROPOSED])
        )
    ).one_or_none()
    if open_one is not None:
        raise Refused("Version %(name)s of this paper is being written: finish it, or discard it.", name=open_one)
    row = WordingVersion(
        kind=kind,
        name=_next_name(session, kind, act.today),
        state=WORDING.start,
        texts=dict(reads.approved(session).on(kind, act.today).texts),
        reason=reason[:300],
        drafted_by_id=act.person.user_id,
        drafted_at=act.at,
    )
    session.add(row)
    session.flush()
    _record(session, act, "wording:begun", row, reason=row.reason)
    return row


def edit(session: Session, *, act: Act, version_id: int, texts: Mapping[str, str]) -> WordingVersion:
    """Keep what was written so far; what is wrong with it is said when it is proposed.

    The author of a version is whoever wrote in it last: somebody else has to approve it.

    Raises:
        NotVisible: there is no such version.
        Refused: it is no draft any more.

    """
    row = _to_change(session, version_id)
    if row.state is not WordingState.DRAFT:
        raise Refused("Only a draft is edited: have it returned, or begin the next version.")
    row.texts = wording_checks.tidied(row.kind, texts)
    row.drafted_by_id, row.drafted_at = act.person.user_id, act.at
    session.flush()
    _record(session, act, "wording:edited", row)
    return row


def propose(session: Session, *, act: Act, version_id: int) -> WordingVersion:
    """Put a draft up for approval.

    Raises:
        NotVisible: there is no such version.
        Refused: it is no draft, or says something no paper may say.

    """
    row = _to_change(session, version_id)
    _refuse_faults(row)
    row.state = WORDING.take(row.state, WordingStep.PROPOSE, act.role)  # type: ignore[assignment]  # its own enum
    row.returned_reason = ""
    session.flush()
    _record(session, act, "wording:proposed", row)
    return row


def approve(session: Session, *, act: Act, version_id: int, from_on: date) -> WordingVersion:
    """Approve a version; papers issued from that day on take it, and it is never changed again.

    Raises:
        NotVisible: there is no such version.
        Refused: whoever wrote it approves it, it is not proposed, the day is past, or a passage is wrong.

    """
    row = _to_change(session, version_id)
    state = WORDING.take(row.state, WordingStep.APPROVE, act.role)
    if row.drafted_by_id == act.person.user_id:
        raise Refused("You wrote this version: somebody else of the centre has to approve it.")
    if not act.today <= from_on <= act.today + timedelta(days=MOST_DAYS_AHEAD):
        raise Refused("A wording begins today or within a year: papers of past days keep theirs.")
    _refuse_faults(row)
    row.from_on, row.approved_by_id, row.approved_at = from_on, act.person.user_id, act.at
    row.state = state  # type: ignore[assignment]  # its own enum
    session.flush()
    _record(session, act, "wording:approved", row, from_on=from_on.isoformat())
    return row


def send_back(session: Session, *, act: Act, version_id: int, reason: str) -> WordingVersion:
    """Return a proposed version to its author, with the reason.

    Raises:
        NotVisible: there is no such version.
        Refused: no reason is given, or it is not proposed.

    """
    reason = reason.strip()
    if not reason:
        raise Refused("Say what is to be mended.")
    row = _to_change(session, version_id)
    row.state = WORDING.take(row.state, WordingStep.RETURN, act.role)  # type: ignore[assignment]  # its own enum
    row.returned_reason = reason[:300]
    session.flush()
    _record(session, act, "wording:draft", row, reason=row.returned_reason)
    return row


def discard(session: Session, *, act: Act, version_id: int) -> WordingVersion:
    """Give a version up before it was approved.

    Raises:
        NotVisible: there is no such version.
        Refused: it was approved or discarded already.

    """
    row = _to_change(session, version_id)
    row.state = WORDING.take(row.state, WordingStep.DISCARD, act.role)  # type: ignore[assignment]  # its own enum
    session.flush()
    _record(session, act, "wording:discarded", row)
    return row


def _to_change(session: Session, version_id: int) -> WordingVersion:
    row = session.scalars(
        select(WordingVersion)
        .where(WordingVersion.id == version_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotVisible
    return row


def _refuse_faults(row: WordingVersion) -> None:
    for refusal in wording_checks.faults(row.kind, row.texts).values():
        raise refusal


def _next_name(session: Session, kind: PaperKind, today: date) -> str:
    """Name a version by its year and its place in it; version one of 2026 came with the portal."""
    prefix = f"{today.year}-"
    taken = session.scalars(
        select(func.count()).where(WordingVersion.kind == kind, WordingVersion.name.startswith(prefix))
    ).one()
    came_along = FIRST[kind].name.startswith(prefix)
    return f"{prefix}{taken + 1 + came_along}"


def _record(session: Session, act: Act, tag: str, row: WordingVersion, **facts: Any) -> None:  # noqa: ANN401 - as stored
    act.record(session, tag, subject=f"wording/{row.id}", paper=row.kind.value, version=row.name, **facts)
