"""Reads of wordings: which one is in force on a day, the versions of a kind, one version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible
from models.rules.workflows import WordingState
from models.wordings import WordingVersion
from notices.first_wording import FIRST
from notices.wording import Version


@dataclass(frozen=True, slots=True)
class Wordings:
    """The approved versions of every kind, oldest first; before the first of a kind, version one holds."""

    approved: tuple[tuple[PaperKind, date, Version], ...]

    def on(self, kind: PaperKind, day: date) -> Version:
        """Return the version in force on a day: the last approved of those that begin by then on the latest day."""
        found = [
            (from_on, place) for place, (of, from_on, _) in enumerate(self.approved) if of is kind and from_on <= day
        ]
        return self.approved[max(found)[1]][2] if found else FIRST[kind]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version as lists and pages show it; ``id`` is ``None`` for version one, which comes with the portal."""

    id: int | None
    kind: PaperKind
    version: Version
    state: WordingState
    reason: str
    from_on: date | None
    drafted_by_id: int | None
    drafted_by: str
    drafted_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    returned_reason: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of paper: the version in force today, and the one that is being written or waits for approval."""

    kind: PaperKind
    in_force: VersionRow
    open: VersionRow | None
    coming: tuple[VersionRow, ...]


def approved(session: Session) -> Wordings:
    """Return the approved versions, in the order of their approval."""
    rows = session.execute(
        select(WordingVersion.kind, WordingVersion.from_on, WordingVersion.name, WordingVersion.texts)
        .where(WordingVersion.state == WordingState.APPROVED)
        .order_by(WordingVersion.approved_at, WordingVersion.id)
    )
    return Wordings(tuple((row.kind, row.from_on, Version(row.name, row.texts)) for row in rows))


def kinds(session: Session, today: date) -> tuple[KindRow, ...]:
    """Return every kind of paper with where its wording stands."""
    found = []
    for kind in PaperKind:
        rows = versions(session, kind, today)
        found.append(
            KindRow(
                kind=kind,
                in_force=next(row for row in rows if row.in_force),
                open=next((row for row in rows if row.state in {WordingState.DRAFT, WordingState.PROPOSED}), None),
                coming=tuple(
                    row
                    for row in rows
                    if row.state is WordingState.APPROVED and row.from_on is not None and row.from_on > today
                ),
            )
        )
    return tuple(found)


def versions(session: Session, kind: PaperKind, today: date) -> tuple[VersionRow, ...]:
    """Return the versions of a kind, the newest first; version one is the last."""
    current = approved(session).on(kind, today).name
    author, approver = aliased(User), aliased(User)
    rows = session.execute(
        select(WordingVersion, author.name, approver.name)
        .join(author, author.id == WordingVersion.drafted_by_id)
        .outerjoin(approver, approver.id == WordingVersion.approved_by_id)
        .where(WordingVersion.kind == kind)
        .order_by(WordingVersion.id.desc())
    )
    return (
        *(
            VersionRow(
                id=row.id,
                kind=row.kind,
                version=Version(row.name, row.texts),
                state=row.state,
                reason=row.reason,
                from_on=row.from_on,
                drafted_by_id=row.drafted_by_id,
                drafted_by=drafted_by,
                drafted_at=row.drafted_at,
                approved_by=approved_by or "",
                approved_at=row.approved_at,
                returned_reason=row.returned_reason,
                in_force=row.name == current,
            )
            for row, drafted_by, approved_by in rows
        ),
        _first(kind, in_force=current == FIRST[kind].name),
    )


def version(session: Session, version_id: int, today: date) -> VersionRow:
    """Return one version.

    Raises:
        NotVisible: there is none.

    """
    kind = session.scalars(select(WordingVersion.kind).where(WordingVersion.id == version_id)).one_or_none()
    if kind is None:
        raise NotVisible
    return next(row for row in versions(session, kind, today) if row.id == version_id)


def _first(kind: PaperKind, *, in_force: bool) -> VersionRow:
    return VersionRow(
        id=None,
        kind=kind,
        version=FIRST[kind],
        state=WordingState.APPROVED,
        reason="",
        from_on=None,
        drafted_by_id=None,
        drafted_by="",
        drafted_at=None,
        approved_by="",
        approved_at=None,
        returned_reason="",
        in_force=in_force,
    )
