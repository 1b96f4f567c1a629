"""A school's roster of former pupils: who of them may be a borrower of ours, as suggestions a person confirms.

Of everybody else on it nothing is kept: once the list is applied or discarded its rows are wiped and both copies of
the file are destroyed. While it waits, pupils nobody knows are named by row and masked name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.borrowers import Borrower, ContactPoint, contact_index, id_index
from models.imports import ImportBatch, ImportContent, ImportRow
from models.organisation import Village
from models.roster_matches import RosterMatch
from models.rules import cells, figures, identity
from models.rules.borrowers import ContactKind
from models.rules.imports import Phase, RowOutcome
from models.rules.refusals import Refused
from models.rules.roster_matches import Candidate, MatchedBy, MatchState, Pupil, match
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.import_images import TOUCHED
from portal.services.imports.rows import RowCheck, Staged, StagedRow, change, one_data_date, row_label
from portal.services.imports.trail import Trail, last_id
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets import tables
from portal.sheets.more_columns import SCHOOL_ROSTER
from portal.sheets.reading import Sheet
from portal.sheets.tables import TableRow

_NAME, _SCHOOL, _WORDS = 60, 80, 40
_ENDINGS = re.compile(r"(?:村民委员会|居民委员会|村委会|居委会|社区|村)$")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a roster says of somebody who may be a borrower."""

    borrower_id: int
    matched_by: MatchedBy
    school: str
    class_name: str
    teacher: str
    phone: str

    @classmethod
    def from_content(cls, clean: dict[str, Any]) -> Suggestion:
        """Return a suggestion from what was staged."""
        return cls(**clean | {"matched_by": MatchedBy(clean["matched_by"])})

    def content(self) -> dict[str, Any]:
        """Return the suggestion as it is staged."""
        return {
            "borrower_id": self.borrower_id,
            "matched_by": self.matched_by.value,
            "school": self.school,
            "class_name": self.class_name,
            "teacher": self.teacher,
            "phone": self.phone,
        }

    @property
    def said(self) -> tuple[str, str, str, str]:
        """What makes it the same as another one of the borrower."""
        return (self.school, self.class_name, self.teacher, self.phone)


def stage(
    session: Session, *, act: Act, sheets: tuple[Sheet, ...], data_on: date | None, watch: Watch = UNWATCHED
) -> Staged:
    """Look for the pupils among the borrowers; writes nothing.

    Raises:
        Refused: the list as a whole cannot be used.

    """
    table = tables.find(sheets, SCHOOL_ROSTER)
    if not table.rows:
        raise Refused("There is no row below the headings.")
    listed_on, wrong_days = one_data_date(table, data_on)
    villages = _villages(session)
    read = [(RowCheck(row, SCHOOL_ROSTER), row) for row in table.rows]
    pupils = [(check, row, _pupil(check, row, villages)) for check, row in read]
    people = _People.load(session, [pupil for _, _, pupil in pupils if pupil is not None])
    held = _held(session, people.ids)
    rows: list[StagedRow] = []
    for check, row, pupil in watch.over(Phase.CHECK, pupils):
        if row.number in wrong_days:
            check.refuse("data_on", wrong_days[row.number])
        label = row_label("", cells.text(row["name"])[:_NAME])
        found = _match(check, row, pupil, people) if pupil is not None else None
        if check.is_rejected:
            rows.append(check.rejected(label))
        elif found is None:
            rows.append(StagedRow(row.number, RowOutcome.UNMATCHED, label, {"clean": None}))
        else:
            rows.append(_suggested(check, row.number, label, found, held))
    return Staged(
        rows,
        headings=table.headings,
        data_on=listed_on or act.today,
        facts={"unmatched": sum(row.outcome is RowOutcome.UNMATCHED for row in rows)},
    )


def apply(session: Session, *, act: Act, batch: ImportBatch, suggestions: Sequence[Suggestion | None]) -> set[int]:
    """Write the suggestions down and wipe the rows of the list.

    Returns:
        Nobody: no borrower has to be judged anew.

    """
    trail = Trail(session, batch.id)
    last = last_id(session, RosterMatch)
    wanted = [one for one in suggestions if one is not None]
    held = _held(session, {one.borrower_id for one in wanted})
    touched: set[int] = set()
    for one in wanted:
        if one.said in held[one.borrower_id]:
            continue
        held[one.borrower_id].add(one.said)
        touched.add(one.borrower_id)
        match_row = RosterMatch(
            import_batch_id=batch.id,
            borrower_id=one.borrower_id,
            matched_by=one.matched_by,
            school=one.school,
            class_name=one.class_name,
            teacher=one.teacher,
            phone=one.phone or None,
            masked_phone=identity.masked_phone(one.phone) if one.phone else "",
            created_at=act.at,
        )
        session.add(match_row)
        session.flush()
        act.record(
            session,
            "roster-match:suggested",
            borrower_id=one.borrower_id,
            subject=f"roster-match/{match_row.id}",
            school=one.school,
        )
    trail.new_since(RosterMatch, last)
    trail.ids(TOUCHED, touched)
    forget_rows(session, batch.id)
    return set()


def forget_rows(session: Session, batch_id: int) -> None:
    """Wipe what the rows of a list said; pupils nobody knows and wrong rows go altogether."""
    gone = (RowOutcome.UNMATCHED, RowOutcome.REJECTED)
    session.execute(
        delete(ImportRow)
        .where(ImportRow.batch_id == batch_id, ImportRow.outcome.in_(gone))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(ImportContent).where(ImportContent.batch_id == batch_id).execution_options(synchronize_session=False)
    )
    session.execute(
        update(ImportRow)
        .where(ImportRow.batch_id == batch_id)
        .values(content=None, changes=[], problems=[])
        .execution_options(synchronize_session=False)
    )


@dataclass(slots=True)
class _People:
    """Borrowers who might be on the roster: by identity number, and by name."""

    by_index: dict[str, Candidate]
    by_name: dict[str, list[Candidate]]

    @property
    def ids(self) -> set[int]:
        named = {one.borrower_id for found in self.by_name.values() for one in found}
        return named | {one.borrower_id for one in self.by_index.values()}

    @classmethod
    def load(cls, session: Session, pupils: Sequence[Pupil]) -> _People:
        columns = select(Borrower.id, Borrower.name, Borrower.id_number, Borrower.village_id, Borrower.id_index)
        found = cls({}, defaultdict(list))
        for indexes in chunks(sorted({id_index(one.id_number) for one in pupils if one.id_number})):
            for row in session.execute(columns.where(Borrower.id_index.in_(indexes))):
                found.by_index[row.id_index] = _candidate(*row[:4])
        for names in chunks(sorted({one.name for one in pupils if one.id_number is None})):
            for row in session.execute(columns.where(Borrower.name.in_(names))):
                found.by_name[row.name].append(_candidate(*row[:4]))
        return found

    def of(self, pupil: Pupil) -> Iterable[Candidate]:
        if pupil.id_number is None:
            return self.by_name.get(pupil.name, ())
        same = self.by_index.get(id_index(pupil.id_number))
        return (same,) if same else ()


def _candidate(borrower_id: int, name: str, id_number: str, village_id: int) -> Candidate:
    return Candidate(borrower_id, name, id_number, identity.birth_date(id_number), village_id)


def _villages(session: Session) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for village_id, name in session.execute(select(Village.id, Village.name)):
        found[_stem(name)].add(village_id)
    return {stem: frozenset(ids) for stem, ids in found.items()}


def _stem(name: str) -> str:
    return _ENDINGS.sub("", name) or name


def _pupil(check: RowCheck, row: TableRow, villages: dict[str, frozenset[int]]) -> Pupil | None:
    name = check.words("name", _NAME)
    check.words("school", _SCHOOL)
    id_number = check.take("id_number", cells.resident_id)
    born_on = check.take("born_on", figures.day)
    village = cells.text(row["village"]) if row.has("village") else ""
    if not row.has("id_number") and (born_on is None or not village) and not check.is_rejected:
        check.refuse(
            "id_number", Refused("Give the identity number, or birth date and village: a name fits too many people.")
        )
    if check.is_rejected:
        return None
    return Pupil(name, id_number, born_on, villages.get(_stem(village), frozenset()))


def _match(check: RowCheck, row: TableRow, pupil: Pupil, people: _People) -> Suggestion | None:
    try:
        found = match(pupil, people.of(pupil))
    except Refused as refusal:
        check.refuse("id_number" if pupil.id_number else "name", refusal)
        return None
    if found is None:
        return None
    phone = check.take("parent_phone", cells.phone)
    return Suggestion(
        borrower_id=found[0],
        matched_by=found[1],
        school=cells.text(row["school"])[:_SCHOOL],
        class_name=check.take_words("class_name", _WORDS),
        teacher=check.take_words("teacher", _WORDS),
        phone=phone or "",
    )


def _suggested(
    check: RowCheck, number: int, label: str, found: Suggestion, held: dict[int, set[tuple[str, str, str, str]]]
) -> StagedRow:
    known = held.setdefault(found.borrower_id, set())
    if found.said in known:
        return StagedRow(number, RowOutcome.UNCHANGED, label, {"clean": found.content()}, problems=check.problems)
    known.add(found.said)
    told = {
        "class_name": found.class_name,
        "teacher": identity.masked_name(found.teacher) if found.teacher else "",
        "parent_phone": identity.masked_phone(found.phone) if found.phone else "",
    }
    changes = [change(SCHOOL_ROSTER.heading(key), None, value) for key, value in told.items() if value]
    return StagedRow(number, RowOutcome.NEW, label, {"clean": found.content()}, "", changes, check.problems)


def _held(session: Session, borrower_ids: Iterable[int]) -> dict[int, set[tuple[str, str, str, str]]]:
    """Return what rosters said of borrowers before, refused ones left out: their words are wiped."""
    found: dict[int, set[tuple[str, str, str, str]]] = defaultdict(set)
    for piece in chunks(sorted(borrower_ids)):
        rows = session.scalars(
            select(RosterMatch).where(RosterMatch.borrower_id.in_(piece), RosterMatch.state != MatchState.REFUSED)
        )
        for one in rows:
            found[one.borrower_id].add((one.school, one.class_name, one.teacher, one.phone or ""))
    return found


def known_phone(session: Session, borrower_id: int, phone: str) -> ContactPoint | None:
    """Return the contact point that has a number already."""
    return session.scalars(
        select(ContactPoint).where(
            ContactPoint.borrower_id == borrower_id,
            ContactPoint.kind == ContactKind.PHONE,
            ContactPoint.value_index == contact_index(ContactKind.PHONE, phone),
        )
    ).one_or_none()
