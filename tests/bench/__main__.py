"""Run the benchmarks, all or those named: ``python -m tests.bench [paper standings …]``.

A benchmark is a module ``tests/bench/bench_NAME.py`` with ``run(report)``. Each figure is printed as a ratio to a
baseline that the same run measured, with the rows, the seconds and the peak memory beside it.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from pathlib import Path

from tests.bench.report import Report

_HERE = Path(__file__).parent


def main(wanted: list[str]) -> int:
    """Run the benchmarks wanted; returns how many goals were missed."""
    names = sorted(path.stem.removeprefix("bench_") for path in _HERE.glob("bench_*.py"))
    unknown = set(wanted) - set(names)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(names)}", file=sys.stderr)
        return 2
    print(f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}")
    missed = 0
    for name in wanted or names:
        report = Report(name)
        importlib.import_module(f"tests.bench.bench_{name}").run(report)
        missed += report.missed
    print(f"{missed} goals missed" if missed else "every goal reached")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
