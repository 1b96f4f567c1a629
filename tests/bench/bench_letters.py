"""Reminders and co-borrowers' notices on paper: stamped and laid out, in one run.

``BENCH_LETTERS`` (default 1,000) is how many are stamped in a round; layout makes fewer, and they are compared by the
paper. As with notices, each way has a process of its own, warm before the first round, the rounds take turns, and ratios
are of processor time. Names have two to four characters: a co-borrower's notice has a form for each length.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

from models.rules.papers import PaperKind
from notices import foundry, layout, print_file, typefaces
from notices.frozen import Paper
from notices.print_file import Bound
from tests.bench.bench_notices import people, workers
from tests.bench.report import Report
from tests.conftest import TYPEFACES
from tests.notices.samples import a_contract
from tests.notices.test_kinds import DUE, paper

_NOUNS = {PaperKind.REMINDER: "reminders", PaperKind.CO_BORROWER: "co-borrowers' notices"}
_WAYS = ("laid out", "stamped", "stamped into files of 200")
_FEW = 20  # in a round of layout
_ROUNDS = 3
_GOAL = 100
"""How many times as quick as layout a stamp is to be."""


def run(report: Report) -> None:
    """Measure and compare."""
    foundry.build(TYPEFACES)
    count = int(os.environ.get("BENCH_LETTERS", "1000"))
    report.say(f"{count:,} of each kind with one to four contracts; {_FEW} of them laid out")
    ways = [(kind, way) for kind in _NOUNS for way in _WAYS]
    found: dict[tuple[PaperKind, str], list[_Round]] = {way: [] for way in ways}
    with ExitStack() as stack:
        pools = {way: stack.enter_context(workers(1)) for way in ways}
        for turn in range(_ROUNDS + 1):
            for (kind, way), process in pools.items():
                done = process.submit(_round, kind, way, count, turn).result()
                if turn:  # the first warms up
                    found[kind, way].append(done)
    busy = {}
    for (kind, way), rounds in found.items():
        each = [one.busy / one.things * 1000 for one in rounds]
        busy[kind, way] = median(each)
        clock = median(one.seconds / one.things for one in rounds)
        report.say(
            f"{median(each):8.2f} ms of a processor each ({min(each):.2f}–{max(each):.2f}), {1 / clock:7,.0f}/s by the "
            f"clock, {rounds[0].things:>6,} things, {rounds[0].size / 1024:.0f} KB each  {_NOUNS[kind]}, {way}"
        )
    for kind, noun in _NOUNS.items():
        report.at_least(f"{noun} stamped, times laid out", busy[kind, "laid out"] / busy[kind, "stamped"], _GOAL)
        seconds = busy[kind, "stamped into files of 200"] * print_file.MAX_PAPERS / 1000
        report.at_most(f"seconds of a processor for a file of 200 {noun}", seconds, 2)


def letters(kind: PaperKind, count: int, turn: int) -> list[Paper]:
    """Make papers of a kind that differ in name, number and count of contracts, other ones for each round."""
    forms = [_form(kind, contracts) for contracts in (1, 2, 3, 4)]
    return [
        replace(
            forms[number % 4],
            serial=f"云岭助函〔2027〕{turn}{number:05d}号",
            borrower_name=f"{one.borrower_name}{'' if number % 3 else '禾'}",
            **({"co_borrower_name": f"{one.borrower_name[0]}大田"} if kind is PaperKind.CO_BORROWER else {}),
        )
        for number, one in enumerate(people(count))
    ]


def _form(kind: PaperKind, contracts: int) -> Paper:
    if kind is PaperKind.REMINDER:
        return paper(kind, lines=DUE[:contracts], due_on=DUE[0].due_on, issued_on=DUE[0].due_on - timedelta(days=30))
    lines = tuple(a_contract(place) for place in range(contracts))
    return paper(kind, contracts=lines, total=sum((line.overdue_total for line in lines), Decimal(0)))


@dataclass(frozen=True, slots=True)
class _Round:
    """What one round took: papers, seconds by the clock and of the processor, bytes of a paper."""

    things: int
    seconds: float
    busy: float
    size: float


def _round(kind: PaperKind, way: str, count: int, turn: int) -> _Round:
    if typefaces.folder() != TYPEFACES.resolve():  # told again, a process would lay its forms out anew
        typefaces.use(TYPEFACES)
    papers = letters(kind, _FEW if way == "laid out" else count, turn)
    is_filed = way == "stamped into files of 200"
    stored = [layout.stamped(one) for one in papers] if is_filed else []
    size = 0
    with tempfile.TemporaryDirectory(prefix="bench-letters-") as folder:
        start, busy = time.perf_counter(), time.process_time()
        if is_filed:
            for first in range(0, count, print_file.MAX_PAPERS):
                part = slice(first, first + print_file.MAX_PAPERS)
                path = Path(folder) / f"{first}.pdf"
                print_file.write(map(Bound, papers[part], stored[part]), path)
                size += path.stat().st_size
        else:
            make = layout.stamped if way == "stamped" else layout.laid_out
            size = sum(len(make(one)) for one in papers)
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return _Round(len(papers), seconds, busy, size / len(papers))
