"""One timeline of everything that happened with a borrower, newest first: who, what, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from models.casework import Contact, Question
from models.events import Event

PAGE_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Args:
        id: of the event; the next page begins below the last one's.
        at: the moment.
        tag: ``noun:act``; its words are in ``portal.wordlists.events``.
        actor: who did it, by the name of then; "" for the portal itself.
        facts: what else is known, as recorded.
        note: what the collector wrote down, or what was asked and answered.

    """

    id: int
    at: datetime
    tag: str
    actor: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of a timeline; ``before`` is where the older part begins, ``None`` for none."""

    entries: tuple[Entry, ...]
    before: int | None


def timeline(session: Session, borrower_id: int, *, before: int | None = None, limit: int = PAGE_ENTRIES) -> Timeline:
    """Return what happened with a borrower; the caller has found the borrower to be in reach.

    Args:
        session: any session.
        borrower_id: whose timeline.
        before: only events older than this one.
        limit: entries of a page.

    """
    query = (
        select(Event.id, Event.at, Event.tag, Event.actor_name, Event.subject, Event.facts)
        .where(Event.borrower_id == borrower_id)
        .order_by(Event.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(Event.id < before)
    rows = session.execute(query).all()
    shown = rows[:limit]
    notes = _notes(session, shown)
    return Timeline(
        tuple(Entry(row.id, row.at, row.tag, row.actor_name, row.facts, notes.get(row.subject, "")) for row in shown),
        shown[-1].id if len(rows) > limit else None,
    )


def _notes(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, str]:
    """Return the free text that belongs to contacts and questions; events hold none of it."""
    contacts = _ids(rows, "contact:", "contact/")
    questions = _ids(rows, "question:", "question/")
    found: dict[str, str] = {}
    if contacts:
        for contact_id, note, reason in session.execute(
            select(Contact.id, Contact.note, Contact.breach_reason).where(Contact.id.in_(contacts))
        ):
            found[f"contact/{contact_id}"] = "\n".join(part for part in (note, reason) if part)
    if questions:
        for question_id, asked, answered in session.execute(
            select(Question.id, Question.asked_text, Question.answer_text).where(Question.id.in_(questions))
        ):
            found[f"question/{question_id}"] = "\n".join(part for part in (asked, answered) if part)
    return found


def _ids(rows: Sequence[Row[*tuple[Any, ...]]], tag: str, subject: str) -> list[int]:
    return sorted(
        {
            int(row.subject.removeprefix(subject))
            for row in rows
            if row.tag.startswith(tag) and row.subject.startswith(subject)
        }
    )
