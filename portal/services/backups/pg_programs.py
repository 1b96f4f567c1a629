"""PostgreSQL's own programs, run as children: they dump a database, look into a dump and bring it back.

The password reaches them by their environment, never by their arguments, which every account of a machine can read.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from models.rules.refusals import Refused

_DEBIAN = Path("/usr/lib/postgresql")
_PIPE = 1024 * 1024
_PER_MAJOR = 10_000
_CODE = re.compile(rb"ERROR:\s+([0-9A-Z]{5})")


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's programs for one database.

    Attributes:
        folder: where they lie; ``None``: wherever the system finds them.
        connection: how they reach the database, without the password.
        environment: of each child, with the password in it.

    """

    folder: Path | None
    connection: str
    environment: dict[str, str]

    def path(self, name: str) -> str:
        """Return where a program is.

        Raises:
            Refused: it is not installed.

        """
        found = str(self.folder / name) if self.folder else shutil.which(name)
        if found is None:
            raise Refused("PostgreSQL's program %(name)s is not installed on this machine.", name=name)
        return found


def programs(engine: Engine) -> Programs:
    """Return the programs for a database: of the server's own version where they are installed."""
    with engine.connect() as connection:
        version: int = connection.connection.driver_connection.info.server_version  # type: ignore[union-attr]  # psycopg
    own = _DEBIAN / str(version // _PER_MAJOR) / "bin"
    _, arguments = engine.dialect.create_connect_args(engine.url)
    password = arguments.pop("password", None)
    told = {
        name: value for name, value in arguments.items() if isinstance(value, str | int)
    }  # the rest is the driver's
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    return Programs(own if (own / "pg_dump").exists() else None, make_conninfo("", **told), environment)


def dump(tools: Programs, snapshot: str, without_schema: str) -> Iterator[bytes]:
    """Hand out a dump of the database as it is in the snapshot of an open transaction.

    Raises:
        Refused: the program fails.

    """
    command = [tools.path("pg_dump"), "--format=custom", "--compress=1", "--no-owner", "--no-privileges"]
    more = [f"--snapshot={snapshot}", f"--exclude-schema={without_schema}", f"--dbname={tools.connection}"]
    yield from _run([*command, *more], tools)


def table_of_contents(tools: Programs, content: Iterable[bytes]) -> int:
    """Let PostgreSQL's own program read what a dump holds; returns how many entries that is.

    Raises:
        Refused: it is no dump.

    """
    listing = _run([tools.path("pg_restore"), "--list"], tools, content)
    lines = b"".join(listing).splitlines()
    return sum(not line.startswith(b";") for line in lines)


def script(tools: Programs, content: Iterable[bytes], *, data_only: bool = False) -> Iterator[bytes]:
    """Hand out a dump as SQL, line by line where a line is short.

    Raises:
        Refused: it is no dump, or is cut off.

    """
    only = ["--data-only"] if data_only else []
    yield from _run([tools.path("pg_restore"), "--no-owner", "--no-privileges", *only, "--file=-"], tools, content)


def execute(tools: Programs, statements: Iterable[bytes]) -> None:
    """Run SQL in one transaction: all of it, or nothing when it does not come to its end.

    The end is said only here and only after the last piece, so whatever stops on the way, nothing has happened.

    Raises:
        Refused: the database refuses; says its code, never its words, which may quote a row.

    """
    command = [tools.path("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603  # a fixed program, arguments as a list
            [*command, f"--dbname={tools.connection}", "--file=-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=tools.environment,
        ) as child,
    ):
        into = _pipe(child.stdin)
        try:
            into.write(b"BEGIN;\n")
            for piece in statements:
                into.write(piece)
            into.write(b"\nCOMMIT;\n")
            into.close()
        except BrokenPipeError:
            pass  # it has given up; why, it has said
        except BaseException:
            child.kill()
            raise
        finally:
            with contextlib.suppress(BrokenPipeError):
                into.close()
        if child.wait():
            raise Refused("PostgreSQL did not take the copy (code %(code)s); nothing was changed.", code=_code(said))


def _run(command: Sequence[str], tools: Programs, content: Iterable[bytes] = ()) -> Iterator[bytes]:
    """Hand out what a child writes while it is fed.

    Raises:
        Refused: it fails.
        Exception: what going through the content raised.

    """
    with subprocess.Popen(  # noqa: S603  # fixed programs, arguments as a list
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=tools.environment,
    ) as child:
        feeder = _Feeder(_pipe(child.stdin), content)
        feeder.start()
        out = _pipe(child.stdout)
        is_over = False
        try:
            while piece := out.read1(_PIPE):  # type: ignore[attr-defined]  # buffered, as Popen opens it
                yield piece
            is_over = True
        finally:
            if not is_over:
                child.kill()
            feeder.join()
    if feeder.failure is not None:
        raise feeder.failure
    if child.returncode:
        raise Refused("PostgreSQL's program %(name)s failed.", name=Path(command[0]).name)


class _Feeder(threading.Thread):
    """Gives a child its content."""

    def __init__(self, into: BinaryIO | IO[bytes], content: Iterable[bytes]) -> None:
        super().__init__(name="backup-feeder", daemon=True)
        self.failure: Exception | None = None
        self._into = into
        self._content = content

    def run(self) -> None:
        """Feed."""
        try:
            for piece in self._content:
                self._into.write(piece)
        except BrokenPipeError:  # it has seen enough, or died; which, its code says
            pass
        except Exception as failure:  # noqa: BLE001  # whoever reads is told of it
            self.failure = failure
        finally:
            with contextlib.suppress(BrokenPipeError):
                self._into.close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise LookupError("the child has a pipe")
    return pipe


def _code(said: IO[bytes]) -> str:
    said.seek(0)
    found = _CODE.search(said.read())
    return found[1].decode() if found else "—"
