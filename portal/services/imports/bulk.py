"""Very many rows into a table at the driver's own speed: plain tuples to SQLite, COPY to PostgreSQL.

A statement of the toolkit looks at each value of each row several times; over a list of a hundred thousand contracts
with their plans that costs more than the database does. Values are still put into columns by the columns' own types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, cast

from psycopg import Connection as Postgres
from psycopg import sql
from sqlalchemy import Connection, Date, Dialect, Enum, Numeric, Table, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from models.types import Yuan

AT_A_TIME = 5_000
_FEW_DIFFERENT = (Date, Enum, Numeric, Yuan)
"""Values of these a list says again and again; each is put into what the driver stores once."""
_REMEMBERED = 20_000
Row = tuple[Any, ...]
Stored = Callable[[Any], Any]


def insert_tuples(session: Session, table: type[Any], names: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows whose values are as the columns take them in Python; defaults of other columns are filled in.

    Args:
        session: a writing session.
        table: into which table.
        names: its columns, in the order of the values.
        rows: any number; handed to the driver a piece at a time.

    """
    connection = session.connection()
    into = [*names, *(name for name, _ in _defaults(table, names))]
    constants = tuple(value for _, value in _defaults(table, names))
    converters = storing(connection.dialect, table, into)
    source = iter(rows)
    while piece := list(islice(source, AT_A_TIME)):
        full = [row + constants for row in piece] if constants else piece
        columns: list[Iterable[Any]] = list(zip(*full, strict=True))
        for place, convert in enumerate(converters):
            if convert is not None:
                columns[place] = map(convert, columns[place])
        insert_stored(connection, table, into, list(zip(*columns, strict=True)))


def insert_stored(connection: Connection, table: type[Any], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows whose values are as the driver stores them already; no default is filled in."""
    insert_into(connection, cast("Table", table.__table__), names, rows)


def insert_into(connection: Connection, plain: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert such rows into a table that no class is mapped to."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, plain.name, names, rows)
        return
    statement = insert(plain).compile(dialect=connection.dialect, column_keys=list(names))
    order = [list(names).index(name) for name in statement.positiontup or ()]  # the table's, not ours
    if order != sorted(order):
        rows = list(map(itemgetter(*order), rows))
    connection.exec_driver_sql(str(statement), list(rows))


def storing(dialect: Dialect, table: type[Any], names: Sequence[str]) -> list[Stored | None]:
    """Return for each column how its values are put into what the driver stores; ``None`` where they are that."""
    columns = cast("Table", table.__table__).columns
    found: list[Stored | None] = []
    for name in names:
        kind = columns[name].type.dialect_impl(dialect)
        if isinstance(kind, Date) and dialect.name == "sqlite":
            store: Stored | None = _iso  # what the toolkit writes, in a tenth of its time
        else:
            store = kind.bind_processor(dialect)
        if store is not None and isinstance(columns[name].type, _FEW_DIFFERENT):
            store = lru_cache(_REMEMBERED)(store)
        found.append(store)
    return found


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _defaults(table: type[Any], names: Sequence[str]) -> list[tuple[str, Any]]:
    return [
        (column.name, column.default.arg)
        for column in cast("Table", table.__table__).columns
        if column.name not in names and isinstance(column.default, ScalarElementColumnDefault)
    ]


def _copy(connection: Connection, name: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    driver = cast("Postgres[Any]", connection.connection.driver_connection)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
