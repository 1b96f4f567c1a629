"""A PostgreSQL database as a sealed dump: taken at one moment, looked into, brought back as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.crypto import NotReadable
from models.database import Database
from models.rules.backups import Fault
from models.rules.refusals import Refused
from portal.services.backups import contents, pg_programs, sealing
from portal.services.backups.contents import Contents, Copy

CHECKPOINTS = "dbos"
"""Schema of the durable jobs' checkpoints: they are not copied, what was under way begins anew."""

_TABLE = re.compile(rb'COPY (?:public\.)?"?(?P<name>\w+)"? \((?P<columns>.*)\) FROM stdin;')
_END = rb"\."
_EMPTY = rb"""
SET lock_timeout = '15s';
DROP SCHEMA IF EXISTS dbos CASCADE;
DO $empty$
DECLARE one text;
BEGIN
  FOR one IN
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
  LOOP EXECUTE 'DROP TABLE IF EXISTS ' || one || ' CASCADE'; END LOOP;
  FOR one IN
    SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE 'DROP ROUTINE IF EXISTS ' || one || ' CASCADE'; END LOOP;
END $empty$;
"""
_SIGN_IN_AGAIN = b"""
UPDATE public.user_sessions SET ended_at = now() WHERE ended_at IS NULL;
"""


def take(database: Database, path: Path, purpose: str, key: bytes) -> Copy:
    """Dump the database and seal the dump as it comes; rows are counted at the same moment.

    Args:
        database: may be written to meanwhile.
        path: of the sealed file.
        purpose: what it is sealed for.
        key: the key of backups.

    Raises:
        Refused: PostgreSQL's program is missing, or fails.

    """
    tools = pg_programs.programs(database.engine)
    one_moment = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with one_moment.connect() as connection, Session(connection) as session:
        snapshot = str(session.scalar(text("SELECT pg_export_snapshot()")))
        found, lists = contents.of(session), contents.lists(session)
        broken = () if contents.chain_is_whole(session) else (Fault.CHAIN,)
        counted = sealing.Counted(pg_programs.dump(tools, snapshot, CHECKPOINTS))
        sealed = sealing.seal(path, counted, purpose, key)
    return Copy(found, lists, counted.size, counted.sha256, sealed, broken)


def verify(database: Database, path: Path, purpose: str, key: bytes, sha256: str, said: Contents) -> tuple[Fault, ...]:
    """Open a sealed dump again and go through all of it; returns what is wrong with it."""
    tools = pg_programs.programs(database.engine)
    counted = sealing.Counted(sealing.opened(path, purpose, key))
    try:
        has_entries = pg_programs.table_of_contents(tools, sealing.opened(path, purpose, key)) > 0
        rows, has_head = _count(pg_programs.script(tools, counted, data_only=True), said.head)
    except (NotReadable, Refused):
        return (Fault.CONTENT,)
    if not has_entries or counted.sha256 != sha256:
        return (Fault.CONTENT,)
    agrees = rows == {name: count for name, count in said.rows.items() if count}
    return () if agrees and has_head else (Fault.ROWS,)


def bring_back(database: Database, path: Path, purpose: str, key: bytes, note: Iterable[str]) -> None:
    """Put the dump in the place of whatever is in the database, as one transaction.

    Args:
        database: everything in it goes.
        path: of the sealed dump.
        purpose: what it is sealed for.
        key: the key of backups.
        note: statements of the same transaction, run after it.

    Raises:
        Refused: PostgreSQL does not take it; the database is as it was.
        NotReadable: it does not open; the same.

    """
    tools = pg_programs.programs(database.engine)
    content = pg_programs.script(tools, sealing.opened(path, purpose, key))
    after = (f"SET search_path TO public;\n{one};\n".encode() for one in note)
    pg_programs.execute(tools, chain((_EMPTY,), content, (_SIGN_IN_AGAIN,), after))


def _count(statements: Iterable[bytes], head: str) -> tuple[dict[str, int], bool]:
    """Count the rows of a dump by table, and look for the newest event in it.

    Returns:
        Rows of the tables that have any, and whether the chain ends where it should with an event that is there.

    """
    rows: dict[str, int] = {}
    wanted, has_event, chain_ends = head.encode(), False, False
    table, place = "", -1
    for line in _lines(statements):
        if not table:
            if found := _TABLE.fullmatch(line):
                table = found["name"].decode()
                columns = [name.strip(b'"') for name in found["columns"].split(b", ")]
                looked_for = {"events": b"hash", "event_chain": b"head"}.get(table, b"")
                place = columns.index(looked_for) if looked_for in columns else -1
        elif line == _END:
            table = ""
        else:
            rows[table] = rows.get(table, 0) + 1
            if place >= 0 and line.split(b"\t")[place] == wanted:
                has_event, chain_ends = has_event or table == "events", chain_ends or table == "event_chain"
    has_none = "events" not in rows and "event_chain" not in rows
    return rows, has_none or (has_event and chain_ends)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut into lines; a long one, with a paper in it, is put together once."""
    held: list[bytes] = []
    for piece in pieces:
        first, *others = piece.split(b"\n")
        held.append(first)
        for line in others:
            yield b"".join(held)
            held = [line]
    if any(held):
        yield b"".join(held)
