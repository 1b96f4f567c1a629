"""A worker whose jobs of kind IMPORT are slow parts that leave a mark each: started by tests, killed by tests."""

from __future__ import annotations

import os
import time
from pathlib import Path

from config import Settings
from models.crypto import KeyRing, use_keys
from models.database import Database
from models.rules.jobs import JobKind
from portal import current
from portal.jobs.plans import Chunk, Plan, Run
from portal.jobs.worker import WorkerProcess


def chunks(run: Run) -> list[Chunk]:
    return [{"part": number} for number in range(run.arguments["parts"])]


def work(run: Run, chunk: Chunk) -> None:
    mark = run.settings.data_dir / "marks"
    mark.mkdir(exist_ok=True)
    with (mark / f"{chunk['part']}.txt").open("a") as file:  # one line for each time the part was done
        file.write(f"{os.environ['WORKER_ID']}\n")
    time.sleep(run.arguments["pause"])


def finish(run: Run) -> str:
    with (run.settings.data_dir / "finished.txt").open("a") as file:
        file.write("once\n")
    return "/jobs"


def main() -> None:
    settings = Settings.from_environment()
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    plan = Plan(chunks=chunks, work=work, finish=finish)
    process = WorkerProcess(
        Database(settings.database_url), settings, {JobKind.IMPORT: plan}, os.environ["WORKER_ID"], current.now
    )
    process.start()
    Path(settings.data_dir / f"ready-{os.getpid()}").touch()
    time.sleep(120)


if __name__ == "__main__":
    main()
