"""What published rates would say with what is known now: found at night, listed beside them, never written over them.

Work is split for the night's parts: looking is done while reading, in chunks of borrowers; a part then only writes
the few rows that differ. A fact learnt after the night's moment waits for the next night.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.rates import Backdating, RateCorrection, RateSnapshot
from models.rules.default_rate import DEFINITIONS
from models.rules.observation import RECOMMENDED, ObservationDays
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.area_judgement import Figures, judged_by_area

_ROWS = 200  # corrections written in one transaction

Part = dict[str, Any]


def parts(
    session: Session, *, as_of: date, known_at: datetime, observed: ObservationDays = RECOMMENDED
) -> Sequence[Part]:
    """Hold the snapshots since each unchecked backdating against the facts, and list what is to be written.

    Args:
        session: a reading session.
        as_of: the night; later snapshots are left alone.
        known_at: facts recorded after it are left for the next night.
        observed: the published days that are looked at again.

    Returns:
        Parts for ``write``: corrections by snapshot, and last which backdatings they answer.

    """
    unchecked = session.execute(
        select(Backdating.id, Backdating.effective_on, Backdating.subject)
        .where(Backdating.checked_on.is_(None), Backdating.recorded_at <= known_at)
        .order_by(Backdating.id)
    ).all()
    if not unchecked:
        return ()
    published = session.scalars(
        select(RateSnapshot.as_of)
        .where(RateSnapshot.as_of >= min(row.effective_on for row in unchecked), RateSnapshot.as_of <= as_of)
        .distinct()
        .order_by(RateSnapshot.as_of)
    ).all()
    found: list[Part] = []
    for day in published:
        causes = list(dict.fromkeys(row.subject for row in unchecked if row.effective_on <= day))
        if causes and observed.includes(day):
            pieces = chunks(_differing(session, day), _ROWS)
            found += [{"rows": piece, "causes": causes, "items": len(piece)} for piece in pieces]
    ids = [row.id for row in unchecked]
    return [*found, {"checked": ids, "items": len(ids)}]


def write(session: Session, *, act: Act, as_of: date, part: Part) -> int:
    """Write one part; writing it again changes nothing.

    Returns:
        How many corrections were written, or backdatings were marked as checked.

    """
    if "checked" in part:
        marked = session.connection().execute(
            update(Backdating)
            .where(Backdating.id.in_(part["checked"]), Backdating.checked_on.is_(None))
            .values(checked_on=as_of)
        )
        return marked.rowcount
    snapshot_ids = [row[0] for row in part["rows"]]
    written = set(
        session.scalars(
            select(RateCorrection.snapshot_id).where(
                RateCorrection.snapshot_id.in_(snapshot_ids), RateCorrection.found_on == as_of
            )
        )
    )
    new = [
        RateCorrection(
            snapshot_id=snapshot_id,
            found_on=as_of,
            heads_bad=heads_bad,
            heads_all=heads_all,
            fen_bad=fen_bad,
            fen_all=fen_all,
            causes=part["causes"],
        )
        for snapshot_id, heads_bad, heads_all, fen_bad, fen_all in part["rows"]
        if snapshot_id not in written
    ]
    session.add_all(new)
    if new:
        act.record(session, "rate:corrected", subject=f"rates/{as_of}", areas=len(new), causes=part["causes"])
    return len(new)


def _differing(session: Session, day: date) -> list[list[int]]:
    """Return (snapshot, four figures) of the areas whose figures of a day differ from what was last said of them."""
    snapshots = session.execute(
        select(
            RateSnapshot.id,
            RateSnapshot.definition,
            RateSnapshot.area_code,
            RateSnapshot.heads_bad,
            RateSnapshot.heads_all,
            RateSnapshot.fen_bad,
            RateSnapshot.fen_all,
        )
        .where(RateSnapshot.as_of == day)
        .order_by(RateSnapshot.id)
    ).all()
    said = {row.id: tuple(row[3:]) for row in snapshots}
    corrected = session.execute(
        select(
            RateCorrection.snapshot_id,
            RateCorrection.heads_bad,
            RateCorrection.heads_all,
            RateCorrection.fen_bad,
            RateCorrection.fen_all,
        )
        .join(RateSnapshot, RateSnapshot.id == RateCorrection.snapshot_id)
        .where(RateSnapshot.as_of == day)
        .order_by(RateCorrection.id)
    )
    said |= {row.snapshot_id: tuple(row[1:]) for row in corrected}
    keys = sorted({row.definition for row in snapshots} & DEFINITIONS.keys())
    judged = judged_by_area(session, as_of=day, definitions=[DEFINITIONS[key] for key in keys])
    found = []
    for row in snapshots:
        known = judged.get((row.definition, row.area_code), Figures()).numbers
        if row.definition in keys and known != said[row.id]:
            found.append([row.id, *known])
    return found
