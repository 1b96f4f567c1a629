"""Notices on paper: stamped, laid out, made by Typst and merged by LibreOffice, all in one run.

``BENCH_NOTICES`` (default 1,000) is how many are stamped in a round; the slow ways make fewer and are compared by the
notice. Careless: the same form laid out for each notice with the system's collection of CJK faces and everything loaded
anew. Our sides make their QR codes; Typst and LibreOffice are given theirs. LibreOffice is no dependency: where it is
not installed, the benchmark says so.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from weasyprint import HTML

from notices import layout, print_file, typefaces
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
    typefaces.build(TYPEFACES)
    count = int(os.environ.get("BENCH_NOTICES", "1000"))
    many = people(count)
    few = many[:_FEW]
    report.say(f"{count:,} notices with one to four contracts; {_FEW} of them for each way that lays out")
    with tempfile.TemporaryDirectory(prefix="bench-notices-") as folder:
        _ways(report, many, few, Path(folder))
    _processes(report, many)
    _memory(report, many)
    typefaces.use(None)


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


def _ways(report: Report, many: Sequence[NoticeContent], few: Sequence[NoticeContent], folder: Path) -> None:
    own = _with(TYPEFACES, layout.stamped, many)
    for paper in many[:4]:  # a form is laid out once in the life of a process
        typefaces.use(TYPEFACES)
        layout.stamped(paper)
    kept = [(paper, layout.stamped(paper)) for paper in many]
    compiler, papers = peers.Typst(), [peers.given(paper) for paper in many[: print_file.MAX_PAPERS]]
    found = report.rounds(
        {
            "careless layout": _with(None, _careless, few),
            "layout with our faces": _with(TYPEFACES, layout.laid_out, few),
            "Typst, one by one": lambda: _one_by_one(compiler, papers[:_SOME]),
            "Typst, 200 in a file": lambda: len(papers) * bool(compiler.make(papers)),
            "stamped": own,
            "stamped and written to files": _with(TYPEFACES, _Folder(), many),
            "stamped into files of 200": lambda: _files_of_200(kept, folder),
        },
        _ROUNDS,
    )
    careless = found["careless layout"].each
    tuned, stamped = found["layout with our faces"].each, found["stamped"].each
    batch = found["stamped into files of 200"].each
    report.at_least("stamped, times careless layout", careless / stamped, 100)
    report.at_least("stamped, times layout with our faces", tuned / stamped, 40)
    report.at_least("stamped, times Typst one by one", found["Typst, one by one"].each / stamped, 10)
    report.at_least("stamped into files of 200, times careless layout", careless / batch, 150)
    report.at_least("stamped into files of 200, times Typst", found["Typst, 200 in a file"].each / batch, 5)
    report.at_least("layout with our faces, times careless layout", careless / tuned, 1.5)
    typefaces.use(TYPEFACES)
    sizes = [len(layout.laid_out(paper)) / _KIB for paper in few]
    report.at_most("KB of a laid-out notice, median", median(sizes), 70)
    report.say(
        f"{sum(len(layout.stamped(paper)) for paper in many) / len(many) / _KIB:.0f} KB of a stamped notice, mean"
    )
    size = sum(path.stat().st_size for path in folder.glob("*.pdf"))
    report.say(f"{size / len(kept) / _KIB:.1f} KB a notice in files of 200: {size / len(kept) / 1000:.1f} MB for 1,000")
    _clerk(report, papers, folder, stamped)


def _clerk(report: Report, papers: Sequence[dict[str, Any]], folder: Path, stamped: float) -> None:
    if peers.office() is None:
        report.say("LibreOffice is not installed: its mail merge was not measured (apt-get install libreoffice-writer)")
        return
    with report.timed(f"mail merge of {len(papers)} in LibreOffice, from its start", len(papers)) as merged:
        size = peers.mail_merge(papers, folder)
    report.say(
        f"{size / len(papers) / _KIB:.1f} KB a notice; {merged.each / stamped:,.0f} times the time of stamping one"
    )


def _one_by_one(compiler: peers.Typst, papers: Sequence[dict[str, Any]]) -> int:
    for paper in papers:
        compiler.make([paper])
    return len(papers)


def _files_of_200(kept: Sequence[tuple[NoticeContent, bytes]], folder: Path) -> int:
    typefaces.use(TYPEFACES)
    for start in range(0, len(kept), print_file.MAX_PAPERS):
        print_file.write(kept[start : start + print_file.MAX_PAPERS], folder / f"{start}.pdf")
    return len(kept)


def _processes(report: Report, many: Sequence[NoticeContent]) -> None:
    halves = (many[::2], many[1::2])
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_stamp_all, [part[:8] for part in halves] * 2))  # both have their forms

        def two() -> int:
            return sum(pool.map(_stamp_all, halves))

        def one() -> int:
            return pool.submit(_stamp_all, many).result()

        found = report.rounds({"stamped by one process": one, "stamped by two processes": two}, _ROUNDS)
    ratio = found["stamped by one process"].each / found["stamped by two processes"].each
    report.at_least("two processes, times one", ratio, 1.7)


def _memory(report: Report, many: Sequence[NoticeContent]) -> None:
    typefaces.use(TYPEFACES)
    marks = []
    start = time.perf_counter()
    for number, paper in enumerate(islice(cycle(many), _MANY), start=1):
        layout.stamped(paper)
        if number in {_MANY // 10, _MANY}:
            marks.append(_resident())
    report.say(f"{_MANY:,} notices in {time.perf_counter() - start:.1f} s")
    report.at_most(f"MB more in memory after {_MANY:,} notices than after {_MANY // 10:,}", marks[1] - marks[0], 20)
    report.say(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB:,.0f} MB")


class _Folder:
    """Stamps into files of a folder, as an archive would."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-notices-")
        self._number = 0

    def __call__(self, paper: NoticeContent) -> bytes:
        pdf = layout.stamped(paper)
        self._number += 1
        (Path(self._folder.name) / f"{self._number % _MANY}.pdf").write_bytes(pdf)
        return pdf


def _with(
    faces: Path | None, make: Callable[[NoticeContent], bytes], papers: Sequence[NoticeContent]
) -> Callable[[], int]:
    def work() -> int:
        typefaces.use(faces)
        if faces:
            make(papers[0])  # the faces are read again
        for paper in papers:
            make(paper)
        return len(papers)

    return work


def _careless(paper: NoticeContent) -> bytes:
    return bytes(HTML(string=layout.filled(paper)).write_pdf(pdf_variant="pdf/ua-1"))


def _stamp_all(papers: Sequence[NoticeContent]) -> int:
    typefaces.use(TYPEFACES)
    for paper in papers:
        layout.stamped(paper)
    return len(papers)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _KIB**2
