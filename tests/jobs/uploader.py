"""A process that takes in one list after the other as the upload page does, until a test kills it."""

from __future__ import annotations

import sys

from config import Settings
from models.crypto import KeyRing, use_keys
from models.database import Database
from models.rules.imports import ImportKind, ImportStep
from portal import current
from portal.actors import Act
from portal.services.imports import asking, staging


def main() -> None:
    settings = Settings.from_environment()
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    database = Database(settings.database_url)
    content = sys.stdin.buffer.read()
    print("ready", flush=True)
    number = 0
    while True:
        number += 1
        with database.write() as session:
            act = Act(None, current.now())
            batch_id = staging.register(
                session,
                act=act,
                kind=ImportKind.ROSTER,
                file_name="a.xlsx",
                content=content + number.to_bytes(4, "big"),
                data_dir=settings.data_dir,
            ).id
            asking.ask(session, act=act, batch_id=batch_id, step=ImportStep.COMPARE)


if __name__ == "__main__":
    main()
