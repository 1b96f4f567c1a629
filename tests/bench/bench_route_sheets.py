"""The route sheets of a file of 155 notices, put together from pieces and laid out, and the whole file, in one run.

``BENCH_DOORS`` (default 155) is how many doors a file has, in twelve villages of uneven size. Half of the addresses
need a second line, so layout is asked where they break. As with letters, each way has a process of its own and the
rounds take turns; the first sheet of a process, which lays the specimen out, is told apart. Ratios are of processor time.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import median

from notices import foundry, layout, print_file, typefaces, working_papers
from notices.content import NoticeContent
from notices.print_file import Bound
from notices.route_sheets import CoverSheet, RouteLine, RouteSection, RouteSheet
from tests.bench.bench_notices import people, workers
from tests.bench.report import Report
from tests.conftest import TYPEFACES

_LAID_OUT, _COMPOSED, _FILE = "laid out", "put together", "put together in a file with its cover sheet and notices"
_VILLAGES = (13, 9, 17, 4, 22, 8, 11, 30, 1, 16, 14, 10)  # parts of the doors
_ROUNDS = 5
_GOAL = 5
"""How many times as quick as layout the sheets are to be."""
_SECONDS = 1
"""Of a processor, for the sheets of a file of 155."""


def run(report: Report) -> None:
    """Measure and compare."""
    foundry.build(TYPEFACES)
    doors = int(os.environ.get("BENCH_DOORS", "155"))
    report.say(f"{doors} doors in {len(_VILLAGES)} villages")
    found: dict[str, list[_Round]] = {way: [] for way in (_LAID_OUT, _COMPOSED, _FILE)}
    with ExitStack() as stack:
        pools = {way: stack.enter_context(workers(1)) for way in found}
        for turn in range(_ROUNDS + 1):
            for way, process in pools.items():
                found[way].append(process.submit(_round, way, doors, turn).result())
    busy = {}
    for way, (first, *rounds) in found.items():
        each = [one.busy for one in rounds]
        busy[way] = median(each)
        report.say(
            f"{median(each):6.2f} s of a processor ({min(each):.2f}–{max(each):.2f}), {first.busy:.2f} s the first, "
            f"{rounds[0].size / 1024:.0f} KB, peak {max(one.peak for one in rounds):.0f} MB  {way}"
        )
    report.at_least("route sheets put together, times laid out", busy[_LAID_OUT] / busy[_COMPOSED], _GOAL)
    report.at_most(f"seconds of a processor for the sheets of {doors} doors", busy[_COMPOSED], _SECONDS)


def sheet(found: Sequence[NoticeContent], turn: int) -> RouteSheet:
    """Make a route sheet of notices, in other words for each round."""
    lines = [_line(number, one, turn) for number, one in enumerate(found)]
    ends = [round(part / sum(_VILLAGES) * len(lines)) for part in accumulate(_VILLAGES, initial=0)]
    return RouteSheet(
        serial=f"第{turn}批 第1份文件",
        issued_on=date(2027, 1, 8),
        issuing_unit=found[0].issuing_unit,
        sections=tuple(
            RouteSection(
                village=f"柳溪镇第{place}村",
                school="云岭区柳溪中心学校",
                member="林老师",
                lines=tuple(lines[first:end]),
            )
            for place, (first, end) in enumerate(pairwise(ends))
            if first < end
        ),
        wording_version=found[0].wording_version,
        is_demo=True,
    )


def _line(number: int, notice: NoticeContent, turn: int) -> RouteLine:
    home = "".join(notice.address_lines)
    other = f"共同借款人周大田　云岭助共〔2027〕{turn}{number:05d}号　核验码 A7KM-3XQ9-RD6T"
    return RouteLine(
        order=number + 1,
        name=notice.borrower_name,
        address=f"{home}李家院子{turn}栋" if number % 2 else home,
        serial=notice.serial,
        level="第一次催收",
        short_code=f"27-{number:05d}-{number % 10}",
        check_url=f"{notice.check_url}{number}",
        others=() if number % 5 else (other,),
    )


@dataclass(frozen=True, slots=True)
class _Round:
    """What one round took: seconds of the processor, bytes, and megabytes of memory at most so far."""

    busy: float
    size: int
    peak: float


def _round(way: str, doors: int, turn: int) -> _Round:
    if typefaces.folder() != TYPEFACES.resolve():  # told again, a process would lay its forms out anew
        typefaces.use(TYPEFACES)
    found = people(doors)
    route = sheet(found, turn)
    stored = [layout.stamped(one) for one in found] if way == _FILE else []
    begin = time.process_time()
    if way == _FILE:
        size = _file(route, found, stored)
    else:
        make = working_papers.laid_out if way == _LAID_OUT else working_papers.composed
        size = len(make(route))
    busy = time.process_time() - begin
    return _Round(busy, size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _file(route: RouteSheet, found: Sequence[NoticeContent], stored: Sequence[bytes]) -> int:
    cover = CoverSheet(
        serial=route.serial, issued_on=route.issued_on, issuing_unit=route.issuing_unit, what="", part=route.serial,
        papers=len(found), route_sheets=len(route.sections), reprints=0, first_serial=found[0].serial,
        last_serial=found[-1].serial, villages=tuple(section.village for section in route.sections), fetched_by="林老师",
        wording_version=route.wording_version, is_demo=route.is_demo,
    )  # fmt: skip
    working = [Bound(None, working_papers.render(one)) for one in (cover, route)]
    with tempfile.TemporaryDirectory(prefix="bench-route-") as folder:
        path = Path(folder) / "file.pdf"
        print_file.write([*working, *map(Bound, found, stored)], path)
        return path.stat().st_size
