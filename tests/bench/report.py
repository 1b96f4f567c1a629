"""What a benchmark prints: one line for each measurement, one for each ratio with its goal."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

_KIB = 1024


@dataclass(slots=True)
class Measurement:
    """One thing measured: seconds of each round, and how many things a round did."""

    label: str
    seconds: list[float]
    things: int

    @property
    def each(self) -> float:
        """Median seconds for one thing."""
        return median(self.seconds) / self.things


@dataclass(slots=True)
class Report:
    """The lines of one benchmark, printed as they come."""

    name: str
    missed: int = 0
    _kept: list[Measurement] = field(default_factory=list)

    def __post_init__(self) -> None:
        print(f"\n== {self.name} ==")

    def say(self, text: str) -> None:
        """Print a line of context: rows, sizes, versions."""
        print(f"   {text}")
        sys.stdout.flush()

    @contextmanager
    def timed(self, label: str, things: int = 1) -> Iterator[Measurement]:
        """Measure one round of the block; the measurement is complete when the block ends."""
        found = Measurement(label, [], things)
        start = time.perf_counter()
        yield found
        found.seconds.append(time.perf_counter() - start)
        self._print(found)

    def rounds(self, variants: dict[str, Callable[[], int]], rounds: int) -> dict[str, Measurement]:
        """Measure variants in turn, round by round, so that a busy moment of the machine meets all of them.

        Args:
            variants: label to a function that does the work and returns how many things it did.
            rounds: how often each is measured; the median counts.

        """
        found = {label: Measurement(label, [], 1) for label in variants}
        for _ in range(rounds):
            for label, work in variants.items():
                start = time.perf_counter()
                found[label].things = work()
                found[label].seconds.append(time.perf_counter() - start)
        for one in found.values():
            self._print(one)
        return found

    def at_least(self, label: str, ratio: float, goal: float) -> None:
        """Print a ratio that should reach a goal."""
        self._judge(label, ratio, goal, "≥", is_reached=ratio >= goal)

    def at_most(self, label: str, ratio: float, goal: float) -> None:
        """Print a ratio (or a figure with its unit in the label) that should stay within a goal."""
        self._judge(label, ratio, goal, "≤", is_reached=ratio <= goal)

    def _judge(self, label: str, ratio: float, goal: float, sign: str, *, is_reached: bool) -> None:
        self.missed += not is_reached
        print(f"   {'reached' if is_reached else 'MISSED '}  {ratio:10.3g}  (goal {sign} {goal:g})  {label}")
        sys.stdout.flush()

    def _print(self, one: Measurement) -> None:
        low, high = min(one.seconds), max(one.seconds)
        spread = f" ({low:.3g}–{high:.3g})" if len(one.seconds) > 1 else ""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB
        print(
            f"   {median(one.seconds):9.3f} s{spread}  {one.things:>9,} things  {one.things / median(one.seconds):>10,.0f}/s"
            f"  peak {peak:,.0f} MB  {one.label}"
        )
        sys.stdout.flush()
