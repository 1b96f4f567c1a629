"""Notices on paper: stamped, laid out, made by Typst and merged by LibreOffice, all in one run.

``BENCH_NOTICES`` (default 1,000) is how many are stamped in a round; the slow ways make fewer and are compared by the
notice. Each way has a process of its own, warm before the first round, and the rounds take turns. Ratios are of
processor time, which other work on the machine does not lengthen as it does the clock's. Careless: the same form laid
out for each notice with the system's collection of CJK faces and everything loaded anew. Our sides make their QR codes;
Typst and LibreOffice are given theirs. LibreOffice is no dependency: where it is not installed, the benchmark says so.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from weasyprint import CSS, HTML

from notices import foundry, layout, print_file, typefaces
from notices.content import NoticeContent
from tests.bench import peers
from tests.bench.report import Report
from tests.conftest import TYPEFACES
from tests.notices.samples import a_notice

_SURNAMES = "丁周王李张刘陈杨赵黄吴徐孙胡朱高林何郭马"
_GIVEN = "大田春华秋实志远文静建国晓梅德明玉兰海波雪峰"
_FEW = 10  # notices in a round of layout
_SOME = 40  # in a round of Typst, one by one
_ROUNDS = 3
_MANY = 10_000
_KIB = 1024


def run(report: Report) -> None:
    """Measure and compare."""
    foundry.build(TYPEFACES)
    count = int(os.environ.get("BENCH_NOTICES", "1000"))
    report.say(f"{count:,} notices with one to four contracts; {_FEW} of them for each way that lays out")
    with tempfile.TemporaryDirectory(prefix="bench-notices-") as folder:
        _compare(report, count, folder)
        _clerk(report, Path(folder))
    _processes(report, count)
    _memory(report)


def people(count: int) -> list[NoticeContent]:
    """Make notices that differ in name, address and count of contracts; the people are made up of syllables."""
    forms = [a_notice(contracts=contracts) for contracts in (1, 2, 3, 4)]
    return [
        replace(
            form,
            borrower_name=_SURNAMES[number % len(_SURNAMES)] + _GIVEN[number // 20 % len(_GIVEN)] + _GIVEN[number % 7],
            address_lines=(form.address_lines[0], f"上湾村三组{number % 200 + 1}号"),
        )
        for number, form in enumerate(islice(cycle(forms), count))
    ]


@dataclass
class _Desk:
    """What one way's process holds between its rounds."""

    people: list[NoticeContent]
    folder: Path
    turn: int = 0
    papers: list[NoticeContent] = field(default_factory=list)
    stored: list[bytes] = field(default_factory=list)
    given: list[dict[str, object]] = field(default_factory=list)
    compiler: peers.Typst | None = None


def _careless(desk: _Desk) -> int:
    for paper in desk.papers[:_FEW]:
        style = CSS(filename=layout.FORMS / layout.STYLE)
        HTML(string=layout.filled(paper)).write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1")
    return _FEW


def _laid_out(desk: _Desk) -> int:
    for paper in desk.papers[:_FEW]:
        layout.laid_out(paper)
    return _FEW


def _stamped(desk: _Desk) -> int:
    for paper in desk.papers:
        layout.stamped(paper)
    return len(desk.papers)


def _to_files(desk: _Desk) -> int:
    for number, paper in enumerate(desk.papers):
        (desk.folder / f"single-{number}.pdf").write_bytes(layout.stamped(paper))
    return len(desk.papers)


def _files_of_200(desk: _Desk) -> int:
    for start in range(0, len(desk.papers), print_file.MAX_PAPERS):
        part = slice(start, start + print_file.MAX_PAPERS)
        papers = map(print_file.Bound, desk.papers[part], desk.stored[part])
        print_file.write(papers, desk.folder / f"merged-{start}.pdf")
    return len(desk.papers)


def _typst_one_by_one(desk: _Desk) -> int:
    compiler, given = _typst(desk)
    for paper in given[:_SOME]:
        compiler.make([paper])
    return _SOME


def _typst_batch(desk: _Desk) -> int:
    compiler, given = _typst(desk)
    compiler.make(given)
    return len(given)


def _typst(desk: _Desk) -> tuple[peers.Typst, list[dict[str, object]]]:
    desk.compiler = desk.compiler or peers.Typst()
    return desk.compiler, desk.given


def _lay_ready(desk: _Desk, way: str) -> None:
    """Lay other papers ready for each round, as each batch is of other people: Typst remembers what it made."""
    desk.turn += 1
    desk.papers = [
        replace(
            one,
            serial=f"云岭助催〔2027〕{desk.turn}{number:05d}号",
            borrower_name=_GIVEN[desk.turn] + one.borrower_name,
        )
        for number, one in enumerate(desk.people)
    ]
    if "Typst" in way:
        desk.given = [peers.given(paper) for paper in desk.papers[: print_file.MAX_PAPERS]]
    if way == "stamped into files of 200":
        desk.stored = [layout.stamped(paper) for paper in desk.papers]


_WAYS: dict[str, Callable[[_Desk], int]] = {
    "careless layout": _careless,
    "layout with our faces": _laid_out,
    "Typst, one by one": _typst_one_by_one,
    "Typst, 200 in a file": _typst_batch,
    "stamped": _stamped,
    "stamped and written to files": _to_files,
    "stamped into files of 200": _files_of_200,
}
_desks: dict[str, _Desk] = {}  # one, in the process of its way


@dataclass(frozen=True, slots=True)
class _Round:
    """What one round took: things made, seconds by the clock and of the processor, megabytes at most so far."""

    things: int
    seconds: float
    busy: float
    peak: float


def _round(way: str, count: int, folder: str) -> _Round:
    """Do one round of a way in this process; the first also sets up what the others find."""
    if way not in _desks:
        typefaces.use(None if way == "careless layout" else TYPEFACES)
        _desks[way] = _Desk(people(count), Path(folder))
    _lay_ready(_desks[way], way)
    start, busy = time.perf_counter(), time.process_time()
    things = _WAYS[way](_desks[way])
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return _Round(things, seconds, busy, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB)


def _compare(report: Report, count: int, folder: str) -> None:
    found: dict[str, list[_Round]] = {way: [] for way in _WAYS}
    with ExitStack() as stack:
        pools = {way: stack.enter_context(workers(1)) for way in _WAYS}
        for turn in range(_ROUNDS + 1):
            for way, pool in pools.items():
                done = pool.submit(_round, way, count, folder).result()
                if turn:  # the first warms up
                    found[way].append(done)
    busy = {}
    for way, rounds in found.items():
        busy[way] = median(one.busy for one in rounds) / rounds[0].things
        clock = median(one.seconds for one in rounds) / rounds[0].things
        spread = [one.busy / one.things * 1000 for one in rounds]
        report.say(
            f"{busy[way] * 1000:8.2f} ms of a processor each ({min(spread):.2f}–{max(spread):.2f}), {1 / clock:7,.0f}/s by "
            f"the clock, {rounds[0].things:>6,} things, peak {rounds[-1].peak:,.0f} MB  {way}"
        )
    careless, stamped, batch = busy["careless layout"], busy["stamped"], busy["stamped into files of 200"]
    report.at_least("stamped, times careless layout", careless / stamped, 100)
    report.at_least("stamped, times layout with our faces", busy["layout with our faces"] / stamped, 40)
    report.at_least("stamped, times Typst one by one", busy["Typst, one by one"] / stamped, 10)
    report.at_least("stamped into files of 200, times careless layout", careless / batch, 150)
    report.at_least("stamped into files of 200, times Typst", busy["Typst, 200 in a file"] / batch, 5)
    report.at_least("layout with our faces, times careless layout", careless / busy["layout with our faces"], 1.5)
    with workers(1) as pool:
        laid, single = pool.submit(_sizes).result()
    report.at_most("KB of a laid-out notice, median", laid, 70)
    size = sum(path.stat().st_size for path in Path(folder).glob("merged-*.pdf")) / count
    report.say(f"{single:.0f} KB of a stamped notice, {single * _KIB / 1000:.0f} MB for 1,000")
    report.say(f"{size / _KIB:.1f} KB a notice in files of 200, {size / 1000:.1f} MB for 1,000")


def _sizes() -> tuple[float, float]:
    """Return the median size of a laid-out notice and the mean size of a stamped one, in KB."""
    typefaces.use(TYPEFACES)
    few = people(_FEW)
    laid = median(len(layout.laid_out(paper)) for paper in few)
    return laid / _KIB, sum(len(layout.stamped(paper)) for paper in few) / len(few) / _KIB


def _clerk(report: Report, folder: Path) -> None:
    if peers.office() is None:
        report.say("LibreOffice is not installed: its mail merge was not measured (apt-get install libreoffice-writer)")
        return
    papers = [peers.given(paper) for paper in people(print_file.MAX_PAPERS)]
    with report.timed(f"mail merge of {len(papers)} in LibreOffice, from its start", len(papers)):
        size = peers.mail_merge(papers, folder)
    report.say(f"{size / len(papers) / _KIB:.1f} KB a notice")


def _processes(report: Report, count: int) -> None:
    many = people(count)
    halves = (many[::2], many[1::2])
    with workers(2) as pool:
        list(pool.map(_stamp_all, [part[:8] for part in halves] * 2))  # both have their forms

        def two() -> int:
            return sum(pool.map(_stamp_all, halves))

        def one() -> int:
            return pool.submit(_stamp_all, many).result()

        found = report.rounds({"stamped by one process": one, "stamped by two processes": two}, _ROUNDS)
    ratio = found["stamped by one process"].each / found["stamped by two processes"].each
    report.at_least("two processes, times one, by the clock", ratio, 1.7)


def _memory(report: Report) -> None:
    with workers(1) as pool:
        seconds, marks, peak = pool.submit(_stamp_very_many).result()
    report.say(f"{_MANY:,} notices in {seconds:.1f} s")
    report.at_most(f"MB more in memory after {_MANY:,} notices than after {_MANY // 10:,}", marks[1] - marks[0], 20)
    report.say(f"peak {peak:,.0f} MB")


def _stamp_very_many() -> tuple[float, list[float], float]:
    typefaces.use(TYPEFACES)
    marks = []
    start = time.perf_counter()
    for number, paper in enumerate(islice(cycle(people(1_000)), _MANY), start=1):
        layout.stamped(paper)
        if number in {_MANY // 10, _MANY}:
            marks.append(_resident())
    return time.perf_counter() - start, marks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB


def _stamp_all(papers: Sequence[NoticeContent]) -> int:
    if typefaces.folder() != TYPEFACES.resolve():
        typefaces.use(TYPEFACES)
    for paper in papers:
        layout.stamped(paper)
    return len(papers)


def workers(processes: int) -> ProcessPoolExecutor:
    """Return processes of their own, each begun anew."""
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _KIB**2
