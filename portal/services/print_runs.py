"""What goes to the printer: papers in the order of the walk, under a cover sheet and with the route sheets."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from models.rules import verification
from notices import layout, print_file, route_sheets, wording, working_papers
from notices.content import NoticeContent
from notices.frozen import Paper
from notices.print_file import Bound
from notices.route_sheets import CoverSheet, PapersCoverSheet, RouteLine, RouteSection, RouteSheet, printable
from portal.actors import Actor
from portal.queries import served_papers
from portal.queries.notice_facts import office
from portal.queries.paper_files import Sheet
from portal.queries.print_files import Stop


def file_of(
    session: Session,
    *,
    actor: Actor,
    today: date,
    found: Sequence[tuple[Stop, NoticeContent, bytes]],
    title: str,
    batch_id: int,
    part: int,
    public_url: str,
) -> bytes:
    """Put one file together: cover sheet, route sheets, papers.

    Args:
        session: a reading session.
        actor: who fetches it; named on the cover sheet.
        today: the day.
        found: the doors, what their papers say and the papers, in the order of the walk.
        title: what the batch is for, without personal data.
        batch_id: the batch.
        part: which of its files.
        public_url: how families reach the portal; the square codes lead there.

    """
    stops = [stop for stop, _said, _pdf in found]
    parts = _sections(session, stops, public_url)
    serials = [stop.serial for stop in sorted(stops, key=lambda one: (one.year, one.number))]
    centre = office(session)
    name = f"第{batch_id}批 第{part}份文件"
    cover = CoverSheet(
        serial=name,
        issued_on=today,
        issuing_unit=centre.centre,
        what=printable(title),
        part=name,
        papers=len(stops),
        route_sheets=len(parts),
        first_serial=serials[0],
        last_serial=serials[-1],
        reprints=sum(stop.was_printed for stop in stops),
        villages=tuple(dict.fromkeys(section.village for section in parts)),
        fetched_by=printable(actor.name),
        wording_version=wording.FIRST_VERSION,
        is_demo=centre.is_demo,
    )
    sheet = _sheet(session, today, parts, name)
    papers = [_paper(said, pdf, stop.was_printed) for stop, said, pdf in found]
    return _bound([cover, sheet], papers)


def papers_file(
    session: Session, *, actor: Actor, today: date, found: Sequence[Sheet], title: str, batch_id: int, part: int
) -> bytes:
    """Put one file of papers that are no notices together: cover sheet, papers.

    There is no route sheet: its boxes and short codes are those of borrowers' notices. A reminder is not served, and a
    co-borrower's notice goes to a door that stands on the route sheet of the borrower's.

    Args:
        session: a reading session.
        actor: who fetches it; named on the cover sheet.
        today: the day.
        found: the papers, of one kind, in the order of the walk.
        title: what the batch is for, without personal data.
        batch_id: the batch.
        part: which of its files.

    """
    serials = [one.serial for one in sorted(found, key=lambda one: (one.year, one.number))]
    villages = Counter(printable(one.village) for one in found)
    centre = office(session)
    name = f"第{batch_id}批 第{part}份文件"
    cover = PapersCoverSheet(
        serial=name,
        issued_on=today,
        issuing_unit=centre.centre,
        noun=route_sheets.NOUNS[found[0].kind],
        what=printable(title),
        part=name,
        papers=len(found),
        route_sheets=0,
        first_serial=serials[0],
        last_serial=serials[-1],
        reprints=sum(one.was_printed for one in found),
        villages=tuple(f"{village} {count} 份" for village, count in villages.items()),
        fetched_by=printable(actor.name),
        wording_version=wording.FIRST_VERSION,
        is_demo=centre.is_demo,
    )
    return _bound([cover], [_paper(one.said, one.pdf, one.was_printed) for one in found])


def _paper(said: Paper, pdf: bytes, was_printed: bool) -> Bound:  # noqa: FBT001 - the third of three
    """Return a paper as it goes into a file: as stored the first time, afterwards marked, as a single one is."""
    return Bound(said, layout.render(said, reprint=True) if was_printed else pdf, was_printed)


def _bound(working: Sequence[RouteSheet | CoverSheet], papers: Sequence[Bound]) -> bytes:
    """Put a file together; cover and route sheets are marked when all of its papers were printed before."""
    again = all(paper.is_reprint for paper in papers)
    papers = [*(Bound(None, working_papers.render(sheet, reprint=again), again) for sheet in working), *papers]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.pdf"
        print_file.write(papers, path)
        return path.read_bytes()


def route_sheet(session: Session, *, today: date, stops: Sequence[Stop], public_url: str) -> bytes:
    """Make the route sheets of a walk, one section for each village and member."""
    parts = _sections(session, stops, public_url)
    return working_papers.render(_sheet(session, today, parts, f"{today.isoformat()} 待送达 {len(stops)} 份"))


def _sheet(session: Session, today: date, parts: tuple[RouteSection, ...], serial: str) -> RouteSheet:
    centre = office(session)
    return RouteSheet(
        serial=serial,
        issued_on=today,
        issuing_unit=centre.centre,
        sections=parts,
        wording_version=wording.FIRST_VERSION,
        is_demo=centre.is_demo,
    )


def _sections(session: Session, stops: Sequence[Stop], public_url: str) -> tuple[RouteSection, ...]:
    others = served_papers.to_serve(session, [stop.notice_id for stop in stops])
    return route_sheets.sections(
        (
            (printable(stop.village), printable(stop.school), printable(stop.member)),
            RouteLine(
                order=0,
                name=printable(stop.name),
                address=printable(stop.address),
                serial=stop.serial,
                level=route_sheets.level_words(stop.level),
                short_code=verification.short_code(stop.year, stop.number),
                check_url=f"{public_url}/check/{stop.check_code}",
                others=tuple(
                    printable(f"共同借款人{name}　{serial}　核验码 {code}")
                    for name, serial, code in others.get(stop.notice_id, ())
                ),
            ),
        )
        for stop in stops
    )
