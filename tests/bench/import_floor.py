"""The least that could be done with a bank's list: floors, each in a process of its own.

``bare``: the fastest reader, the same checks on whole columns, one bulk upsert of the cells as text into one table with
a key and two indices. It keeps no plan, no standing, no staging, nothing sealed.

``same``: the reader and the checks again, personal numbers sealed and indexed as they must be at rest, and every row that
the list brought (people, numbers, contracts, plans, standings, what is staged) written once more by the database itself
into empty tables with the same keys and indices: no program can write them faster. The list must have been taken in.

``ready``: neither read nor checked nor sealed. The same rows, held ready as the driver stores them, are put into the
portal's own tables, with the checks and references these keep: what of the portal's time is the database's alone.

``python -m tests.bench.import_floor bare|same|ready DATABASE_URL FILE`` prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any, cast

import fastexcel
import polars as pl
from psycopg import sql
from sqlalchemy import (
    Column,
    Enum,
    Index,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Session

from models.borrowers import Borrower, CoBorrower, ContactPoint, id_index
from models.crypto import KeyRing, encrypt, use_keys
from models.database import Database
from models.imports import ImportContent, ImportRow
from models.loans import Instalment, Loan, RatePeriod, RepaymentPlan
from models.standings import BorrowerStanding, StandingChange
from models.tables import METADATA
from portal.services.imports import bulk

_KIB = 1024
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_BROUGHT = (
    Borrower, CoBorrower, ContactPoint, RepaymentPlan, RatePeriod, Instalment, Loan, BorrowerStanding, StandingChange,
    ImportRow, ImportContent,
)  # fmt: skip
_IDS = ("身份证号", "共同借款人身份证号")
_PHONES = ("联系电话", "共同借款人电话")
_DAYS = ("签订日期", "贴息截止日", "到期日")
_AMOUNTS = ("合同金额", "贷款余额")
_VILLAGES = ["东河镇柳湾村", "东河镇石桥村", "西坪镇柳湾村"]


def read(path: Path) -> pl.DataFrame:
    """Read all cells as text."""
    if path.suffix == ".csv":
        return pl.read_csv(path, infer_schema=False)
    return fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_polars()


def wrong(frame: pl.DataFrame) -> int:
    """Count the rows of a roster that a check finds wrong."""
    column = pl.col
    checks = [_is_id(name) for name in _IDS]
    checks += [column(name).str.contains(r"^1[3-9]\d{9}$") for name in _PHONES]
    days = {name: column(name).str.head(10).str.to_date("%Y-%m-%d", strict=False) for name in _DAYS}
    money = {name: column(name).cast(pl.Float64, strict=False) for name in _AMOUNTS}
    checks += [day.is_not_null() for day in days.values()]
    checks += [days["签订日期"] < days["到期日"], days["签订日期"] <= days["贴息截止日"]]
    checks += [amount.is_not_null() & (amount >= 0) for amount in money.values()]
    checks += [money["贷款余额"] <= money["合同金额"], money["合同金额"] > 0]
    checks += [column("贷款利率").str.contains(r"^\d+(\.\d{1,4})?%$")]
    checks += [(column("乡镇") + column("村")).is_in(_VILLAGES)]
    checks += [column("毕业年份").str.head(4).cast(pl.Int32, strict=False).is_between(1950, 2100)]
    checks += [column("合同编号").is_duplicated().not_(), column("借款学生姓名").str.len_chars() > 0]
    checks += [column("借款学生姓名").n_unique().over("身份证号") == 1]
    return frame.select((~pl.all_horizontal(checks).fill_null(value=False)).sum()).item()  # type: ignore[no-any-return]


def _is_id(name: str) -> pl.Expr:
    whole = pl.col(name)
    total = pl.sum_horizontal(
        [whole.str.slice(place, 1).cast(pl.Int32, strict=False) * weight for place, weight in enumerate(_WEIGHTS)]
    )
    expected = pl.lit("10X98765432").str.slice((total % 11).cast(pl.Int64), 1)
    born = whole.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    return whole.str.contains(r"^\d{17}[\dX]$") & born.is_not_null() & (whole.str.slice(17, 1) == expected)


def upsert(session: Session, frame: pl.DataFrame, *, is_sqlite: bool) -> None:
    """Write all cells as text into one table with a key and two indices."""
    connection = session.connection()
    metadata = MetaData()
    table = Table(
        "bench_rows", metadata, *(Column(f"c{place}", String, primary_key=not place) for place in range(frame.width))
    )
    Index("bench_rows_1", table.c.c1)
    Index("bench_rows_2", table.c.c2)
    metadata.drop_all(connection)
    metadata.create_all(connection)
    names = [column.name for column in table.columns]
    setting = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    if is_sqlite:
        marks = ", ".join("?" for _ in names)
        statement = f"INSERT INTO bench_rows VALUES ({marks}) ON CONFLICT (c0) DO UPDATE SET {setting}"
        for piece in frame.iter_slices(50_000):
            connection.exec_driver_sql(statement, piece.rows())
        return
    connection.execute(text("CREATE TEMPORARY TABLE bench_new (LIKE bench_rows)"))
    driver = cast("Any", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(sql.SQL("COPY bench_new FROM STDIN")) as copy:
        for row in frame.iter_rows():
            copy.write_row(row)
    connection.execute(text(f"INSERT INTO bench_rows SELECT * FROM bench_new ON CONFLICT (c0) DO UPDATE SET {setting}"))


def seal(frame: pl.DataFrame) -> None:
    """Seal and index the personal values of a roster as often as they are at rest: one of each person, and staged."""
    people = frame.unique("身份证号", maintain_order=True)
    for name in (*_IDS, *_PHONES, "户籍地址"):
        for value in people[name].to_list():
            encrypt(value, name)
            id_index(value)
    for rows in frame.iter_slices(500):
        encrypt(rows.write_csv(), "staged")


def copy_all(session: Session) -> int:
    """Write every row of the tables a roster fills once more; returns how many."""
    metadata = MetaData()
    count = 0
    connection = session.connection()
    for model in _BROUGHT:
        table = METADATA.tables[model.__tablename__]
        plain = [
            Column(one.name, String if isinstance(one.type, Enum) else one.type, primary_key=one.primary_key)
            for one in table.columns
        ]
        copied = Table(f"bench_{table.name}", metadata, *plain)
        keys = [index.columns.keys() for index in table.indexes]
        keys += [one.columns.keys() for one in table.constraints if isinstance(one, UniqueConstraint)]
        for place, names in enumerate(keys):
            Index(f"bench_{table.name}_{place}", *(copied.columns[name] for name in names))
    metadata.drop_all(connection)
    metadata.create_all(connection)
    for model in _BROUGHT:
        table = cast("Table", model.__table__)
        copied = metadata.tables[f"bench_{table.name}"]
        connection.execute(insert(copied).from_select(table.columns.keys(), select(table)))
        count += connection.scalar(select(func.count()).select_from(copied)) or 0
    return count


def copy_ready(session: Session) -> tuple[float, int]:
    """Take away the rows that a roster brought and put them back; returns the seconds of putting back, and how many."""
    connection = session.connection()
    tables = [cast("Table", model.__table__) for model in _BROUGHT]
    held = [
        connection.exec_driver_sql(f"SELECT {', '.join(one.columns.keys())} FROM {one.name}").all() for one in tables
    ]
    for table in reversed(tables):
        connection.execute(delete(table))
    start = time.perf_counter()
    for table, rows in zip(tables, held, strict=True):
        for first in range(0, len(rows), bulk.AT_A_TIME):
            piece = [tuple(row) for row in rows[first : first + bulk.AT_A_TIME]]
            bulk.insert_into(connection, table, table.columns.keys(), piece)
    return time.perf_counter() - start, sum(map(len, held))


def main(which: str, url: str, path: Path) -> dict[str, Any]:
    """Do one floor; what it writes is taken back."""
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    database = Database(url)
    seconds: dict[str, float] = {}
    written = 0

    def lap(name: str) -> None:
        nonlocal start
        seconds[name] = time.perf_counter() - start
        start = time.perf_counter()

    begun = time.process_time()
    start = time.perf_counter()
    if which == "ready":
        with database.writer() as session:
            seconds["write"], written = copy_ready(session)
            session.rollback()
        database.engine.dispose()
        return {"seconds": seconds, "cpu": 0.0, "peak": 0.0, "rows": written, "wrong": 0, "written": written}
    frame = read(path)
    lap("read")
    is_roster = "户籍地址" in frame.columns
    found = wrong(frame) if is_roster else 0
    lap("check")
    if which == "same":
        seal(frame)
        lap("seal")
    with database.writer() as session:
        if which == "bare":
            upsert(session, frame, is_sqlite=database.is_sqlite)
            written = frame.height
        else:
            written = copy_all(session)
        session.flush()
        lap("write")
        session.rollback()
    cpu = time.process_time() - begun
    database.engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB
    return {"seconds": seconds, "cpu": cpu, "peak": peak, "rows": frame.height, "wrong": found, "written": written}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
