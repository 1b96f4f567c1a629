"""What issuing a paper that is no notice consists of, for one as for a piece of a batch.

The steps are those of notices (see ``notice_issuing``): ``reserve`` (short transaction: checks, numbers, frozen
content), rendering with no transaction open, ``store`` (short transaction: the same checks again; what a paper says
must still be what the tables say). A number whose paper failed is void with the reason.

Each step reads and writes for all its papers in a bounded number of statements. Locks are taken in one order
(borrowers, numbers, the year's counter of the kind, the chain of events), each in the order of ids. Standings are not
locked: a payment that is booked at the same moment is as one that is booked a moment later.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.database import Database
from models.events import Entry
from models.papers import IssuedPaper, PaperBatchItem
from models.rules import verification
from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible, Refused, StaleData
from notices import layout
from notices.frozen import Paper
from portal.actors import Act
from portal.queries.scope import lock_borrowers
from portal.services import serial_numbers
from portal.services.notice_drafts import Terms
from portal.services.paper_words import Said, Target, Words
from portal.services.serial_numbers import Claim

Refusals = dict[Target, Refused | NotVisible]
"""Why not, by whose paper it is."""

Place = tuple[int, int]
"""A place in a batch: the batch, and the position in it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A number taken and the words that will stand on its paper; nothing is issued yet."""

    target: Target
    said: Said
    claim: Claim
    content: Paper
    terms: Terms
    place: Place | None


@dataclass(frozen=True, slots=True)
class Made:
    """A draft and the paper made from it."""

    draft: Draft
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Reserved:
    """What may be made now, in the order asked for, and what drops out."""

    drafts: tuple[Draft, ...]
    refused: Refusals


@dataclass(frozen=True, slots=True)
class Issued:
    """What was issued, in the order given, and what dropped out."""

    papers: tuple[IssuedPaper, ...]
    refused: Refusals = field(default_factory=dict)


def reserve(
    session: Session,
    *,
    act: Act,
    kind: PaperKind,
    targets: Sequence[Target],
    terms: Terms,
    places: Mapping[Target, Place] | None = None,
) -> Reserved:
    """Check which papers of a kind may be issued today, take their numbers, and freeze what they say.

    Args:
        session: a writing session.
        act: who issues.
        kind: of all of them.
        targets: in the order in which they get their numbers; at most some hundreds.
        terms: see ``Terms``.
        places: where they stand in a batch, if they do.

    """
    words = Words(session, act, kind, terms)
    found, refused = words.of(targets)
    ready = {target: found[target] for target in targets if target in found}
    return Reserved(take(session, act, words, ready, places), refused)


def take(
    session: Session, act: Act, words: Words, ready: Mapping[Target, Said], places: Mapping[Target, Place] | None = None
) -> tuple[Draft, ...]:
    """Take numbers for papers that may be issued, in the order given, and freeze what they say.

    Args:
        session: a writing session in which the borrowers are locked.
        act: who issues.
        words: of their kind.
        ready: what each says beyond what every paper of the kind does.
        places: where they stand in a batch, if they do.

    """
    if not ready:
        return ()
    codes = {said.held_for: verification.make_code(os.urandom(verification.RANDOM_BYTES)) for said in ready.values()}
    claims = serial_numbers.claim(session, act, serial_numbers.of_papers(words.kind), codes)
    return tuple(
        Draft(
            target,
            said,
            claims[said.held_for],
            words.content(said, claims[said.held_for]),
            words.terms,
            (places or {}).get(target),
        )
        for target, said in ready.items()
    )


def store(session: Session, *, act: Act, kind: PaperKind, made: Sequence[Made]) -> Issued:
    """Issue the papers that were made; what may not be issued any more drops out.

    Args:
        session: a writing session.
        act: who issues.
        kind: of all of them.
        made: of drafts reserved for the same terms.

    """
    if not made:
        return Issued(())
    words = Words(session, act, kind, made[0].draft.terms)
    found, refused = words.of([one.draft.target for one in made], {one.draft.target: one.draft.said for one in made})
    held = serial_numbers.held(session, serial_numbers.of_papers(kind), [one.draft.claim for one in made])
    kept = []
    for one in made:
        draft = one.draft
        if draft.claim not in held and not isinstance(refused.get(draft.target), NotVisible):
            refused[draft.target] = Refused(
                "The same paper was issued at the same moment; open it from the list of papers."
            )
        elif draft.target in refused:
            pass
        elif words.content(found[draft.target], draft.claim) != draft.content:
            refused[draft.target] = StaleData(
                "What the paper says changed while it was made; nothing was issued. Try again."
            )
        else:
            kept.append(one)
    return Issued(_write(session, act, kind, kept), refused)


def give_up(session: Session, *, act: Act, kind: PaperKind, reasons: Sequence[tuple[Draft, str]]) -> None:
    """Make reserved numbers void, with the reason; a claim that somebody took over is theirs and stays."""
    register = serial_numbers.of_papers(kind)
    held = serial_numbers.held(session, register, [draft.claim for draft, _reason in reasons])
    entries = []
    for draft, reason in reasons:
        if draft.claim in held:
            kept = serial_numbers.void(session, register, draft.claim, reason)
            subject = f"paper-number/{kind.value}-{draft.claim.year}-{draft.claim.number}"
            entries.append(Entry(draft.target.borrower_id, subject, {"paper": kind.value, "reason": kept}))
    if entries:
        act.record_many(session, "paper:number_void", entries)


def complete(database: Database, *, act: Act, kind: PaperKind, drafts: Sequence[Draft]) -> Issued:
    """Make the papers of committed drafts with no transaction open, then issue them in one of its own.

    The numbers of papers that cannot be made, or may no longer be issued, are void with the reason.

    Raises:
        OperationalError: the database is busy or has no room; the numbers stay reserved for the same papers.
        Exception: what else broke down; all the numbers are void then.

    """
    made = []
    refused: Refusals = {}
    try:
        for draft in drafts:
            try:
                made.append(Made(draft, layout.render(draft.content)))
            except Refused as refusal:
                refused[draft.target] = refusal
        with database.write() as session:
            _lock(session, drafts)
            issued = store(session, act=act, kind=kind, made=made)
            refused |= issued.refused
            failed = [(draft, _reason(refused[draft.target])) for draft in drafts if draft.target in refused]
            give_up(session, act=act, kind=kind, reasons=failed)
    except OperationalError:  # busy, or no room: the same paper's next turn takes the number over
        raise
    except Exception as error:
        with database.write() as session:
            _lock(session, drafts)
            give_up(session, act=act, kind=kind, reasons=[(draft, _reason(error)) for draft in drafts])
        raise
    return Issued(issued.papers, refused)


def _lock(session: Session, drafts: Sequence[Draft]) -> None:
    """Lock everybody of the drafts at once: the event of a void number locks whom it names, too late to be in order."""
    lock_borrowers(session, {one.target.borrower_id for one in drafts if one.target.borrower_id is not None})


def _write(session: Session, act: Act, kind: PaperKind, made: Sequence[Made]) -> tuple[IssuedPaper, ...]:
    if not made:
        return ()
    # In any order, by number: SQLite would be asked row by row for ids in the order given.
    rows = session.scalars(insert(IssuedPaper).returning(IssuedPaper), [_row(act, kind, one) for one in made])
    stored = {row.serial: row for row in rows}
    papers = tuple(stored[one.draft.content.serial] for one in made)
    serial_numbers.use(session, serial_numbers.of_papers(kind), [one.draft.claim for one in made])
    items = [
        {
            "batch_id": one.draft.place[0],
            "position": one.draft.place[1],
            "paper_id": paper.id,
            "dropped_reason": "",
            "dropped_values": {},
        }
        for paper, one in zip(papers, made, strict=True)
        if one.draft.place is not None
    ]
    if items:
        session.execute(update(PaperBatchItem), items)
    act.record_many(
        session,
        "paper:issued",
        (
            Entry(
                paper.borrower_id,
                f"paper/{paper.id}",
                {"paper": kind.value, "serial": paper.serial, "version": paper.wording_version},
            )
            for paper in papers
        ),
    )
    return papers


def _row(act: Act, kind: PaperKind, made: Made) -> dict[str, Any]:
    target, content, claim = made.draft.target, made.draft.content, made.draft.claim
    return {
        "kind": kind,
        "borrower_id": target.borrower_id,
        "notice_id": target.notice_id,
        "school_id": target.school_id,
        "year": claim.year,
        "number": claim.number,
        "serial": content.serial,
        "check_code": getattr(content, "check_code", None),
        "issued_on": content.issued_on,
        "issued_by_id": act.person.user_id,
        "wording_version": content.wording_version,
        "content": content.to_json(),
        "sha256": hashlib.sha256(made.pdf).hexdigest(),
        "pdf": made.pdf,
    }


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Refused) else type(error).__name__
