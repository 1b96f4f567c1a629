"""Rows that are alike for very many owners, multiplied by the database: a plan is handed over once.

Contracts of the same terms have the same instalments and rate periods but for the contract itself. Each such set of
lines goes into a temporary table once, under a number; one statement then writes the lines of all contracts that name
a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select
from sqlalchemy.schema import CreateTable

from portal.services import scratch_tables
from portal.services.imports import bulk

Line = tuple[Any, ...]
"""Values of one row without its owner, as the driver stores them."""


class SharedLines:
    """The lines of one table, for one transaction."""

    def __init__(self, connection: Connection, table: type[Any], owner: str, names: Sequence[str]) -> None:
        """Take over a table.

        Args:
            connection: of a writing transaction.
            table: into which table.
            owner: its column that says whose a line is.
            names: its other columns, in the order of a line's values.

        """
        self._connection = connection
        self._into = cast("Table", table.__table__)
        self._names = [owner, *names]
        types = self._into.columns
        self._lines = Table(
            f"shared_{self._into.name}",
            MetaData(),
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("place", Integer, primary_key=True),
            *(Column(name, types[name].type) for name in names),
            prefixes=["TEMPORARY"],
        )
        self._owners = Table(
            f"sharing_{self._into.name}",
            MetaData(),
            Column(owner, types[owner].type, primary_key=True, autoincrement=False),
            Column("number", Integer),
            prefixes=["TEMPORARY"],
        )
        self._numbers: dict[tuple[Line, ...], int] = {}
        self._new: list[Line] = []
        for one in (self._lines, self._owners):
            connection.execute(CreateTable(one, if_not_exists=True))
            scratch_tables.empty(connection, one)

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, lines: tuple[Line, ...]) -> int:
        """Return the number of some lines, the same for the same lines until they are forgotten."""
        found = self._numbers.get(lines)
        if found is None:
            found = self._numbers[lines] = len(self._numbers)
            self._new += [(found, place, *line) for place, line in enumerate(lines)]
        return found

    def write(self, owners: Sequence[tuple[int, int]]) -> None:
        """Write the lines of some owners, who have none yet.

        Args:
            owners: (owner's id, number of the lines).

        """
        if not owners:
            return
        lines, sharing = self._lines.c, self._owners.c
        bulk.insert_into(self._connection, self._lines, list(lines.keys()), self._new)
        self._new = []
        bulk.insert_into(self._connection, self._owners, list(sharing.keys()), owners)
        owner, *names = self._names
        rows = (
            select(sharing[owner], *(lines[name] for name in names))
            .join(self._lines, lines.number == sharing.number)
            .order_by(sharing[owner], lines.place)
        )
        self._connection.execute(insert(self._into).from_select(self._names, rows, include_defaults=False))
        scratch_tables.empty(self._connection, self._owners)

    def forget(self) -> None:
        """Forget all lines and their numbers."""
        self._numbers.clear()
        self._new = []
        scratch_tables.empty(self._connection, self._lines)
