"""What a list touches, kept beside it as it was before: enough to put all of it back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from sqlalchemy import Column, Date, Numeric, Table, func, select
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.imports import ImportImage
from models.types import Instant, Yuan
from portal.pieces import chunks
from portal.queries.import_images import REPLANNED
from portal.services.imports.holdings import insert_all

_ROWS, _IDS = 500, 5_000  # in one piece


class Trail:
    """Keeps images of one import."""

    def __init__(self, session: Session, batch_id: int) -> None:
        self._session = session
        self._batch_id = batch_id
        last = session.scalar(select(func.max(ImportImage.position)).where(ImportImage.batch_id == batch_id))
        self._position = last or 0

    def ids(self, name: str, ids: Iterable[int]) -> None:
        """Keep ids under a name; an empty list is kept too."""
        self._keep(name, sorted(set(ids)), _IDS)

    def rows(
        self, table: type[Any], column: InstrumentedAttribute[Any], values: Collection[int], names: Sequence[str] = ()
    ) -> None:
        """Keep rows as they are now.

        Args:
            table: of which table.
            column: the rows whose value in it is one of ``values``.
            values: ids.
            names: the columns to keep; all when not given. The primary key is always kept.

        """
        plain = cast("Table", table.__table__)
        wanted = [one for one in plain.columns if not names or one.name in names or one.primary_key]
        found: list[dict[str, Any]] = []
        for piece in chunks(sorted(set(values))):
            found += [dict(row) for row in self._session.execute(select(*wanted).where(column.in_(piece))).mappings()]
        if found:
            self._keep(plain.name, found, _ROWS)

    def plans(self, plans: Collection[tuple[int, int | None]]) -> None:
        """Keep which plan contracts have: (contract, plan), where they are about to get another."""
        if plans:
            self._keep(REPLANNED, sorted(plans), _IDS)

    def new_since(self, table: type[Any], last: int) -> None:
        """Keep the ids of rows added after ``last``, the highest id before; lists are applied one at a time."""
        plain = cast("Table", table.__table__)
        new = select(plain.c.id).order_by(plain.c.id).limit(_IDS)
        self._session.flush()
        while ids := self._session.connection().execute(new.where(plain.c.id > last)).scalars().all():
            self._keep(f"#new {plain.name}", ids, _IDS)
            last = ids[-1]

    def _keep(self, name: str, items: Sequence[Any], size: int) -> None:
        pieces = list(chunks(items, size)) or [[]]
        insert_all(
            self._session,
            ImportImage,
            [
                {
                    "batch_id": self._batch_id,
                    "position": self._position + number,
                    "name": name,
                    "content": json.dumps(list(piece), ensure_ascii=False, default=_plain),
                }
                for number, piece in enumerate(pieces, start=1)
            ],
        )
        self._position += len(pieces)


def last_id(session: Session, table: type[Any]) -> int:
    """Return the highest id of a table."""
    return session.scalar(select(func.max(table.id))) or 0


def added(session: Session, table: type[Any], last: int, *names: str) -> Sequence[Any]:
    """Return columns of the rows added after ``last``, the highest id before; read past the mapper: they are many."""
    columns = cast("Table", table.__table__).c
    session.flush()
    return session.connection().execute(select(*(columns[name] for name in names)).where(columns.id > last)).all()


def typed(table: type[Any], row: dict[str, Any]) -> dict[str, Any]:
    """Return a kept row with its values as the table's columns take them."""
    columns = cast("Table", table.__table__).columns
    return {name: _value(columns[name], value) for name, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(type(value).__name__)


def _value(column: Column[Any], value: Any) -> Any:  # noqa: ANN401  # whatever the column holds
    if value is None:
        return None
    kind = column.type
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Yuan | Numeric):
        return Decimal(value)
    if isinstance(kind, EnumType) and kind.enum_class is not None:
        return kind.enum_class(value)
    return value
