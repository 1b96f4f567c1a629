"""Content of paper as JSON and back, exactly: what is stored beside a PDF is what it was made from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints

from models.rules.papers import PaperKind
from notices import safeguards
from notices.wording import KINDS, Passage

_PLAIN = frozenset({str, int, bool, NoneType})  # what JSON holds as it stands


class Paper:
    """What every kind of paper shares; its subclasses are frozen dataclasses.

    ``KIND`` names it in the document's title, ``TEMPLATE`` is its form under ``templates/paper``, ``CODE`` says which
    wording it takes. ``wording`` are the passages it was issued with: a later version changes nothing.
    """

    KIND: ClassVar[str]
    TEMPLATE: ClassVar[str]
    CODE: ClassVar[PaperKind]

    serial: str
    issued_on: date
    issuing_unit: str
    landline: str
    wording: tuple[Passage, ...]
    wording_version: str
    is_demo: bool

    @property
    def title(self) -> str:
        """Kind and serial: the document's title, free of personal data."""
        return f"{self.KIND} {self.serial}"

    def to_json(self) -> str:
        """Write all fields as JSON: amounts and dates as text, keys in order, so equal content is equal text."""
        return json.dumps(_dump(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            ValueError: not JSON, a field is missing or unknown, or a value is of another type.

        """
        paper = _load(cls, json.loads(text), "content")
        if not isinstance(paper, cls):
            message = f"not a {cls.__name__}"
            raise ValueError(message)  # noqa: TRY004 - the text is at fault, not a caller's type
        return paper

    def check(self) -> None:
        """Refuse content that must not go to print.

        Raises:
            NoticeNotRendered: names the field.

        """
        safeguards.wording(
            self.serial, self.wording, [rule.name.value for rule in KINDS[self.CODE].rules if not rule.is_list]
        )
        safeguards.landline(self.serial, self.landline)


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk content: every piece of text with its path, as ``("co_borrowers[0].name", "…")``."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from texts(item, f"{path}[{place}]")
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), f"{path}.{field.name}" if path else field.name)


def _dump(value: object) -> object:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_dump(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    kind: Any = type(value)
    return {name: _dump(getattr(value, name)) for name in _names(kind)}


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _load(kind: Any, value: object, path: str) -> object:  # noqa: ANN401 - a type hint is any object
    if get_origin(kind) is tuple:
        items = _expect(value, list, path)
        return tuple(_load(get_args(kind)[0], item, f"{path}[{place}]") for place, item in enumerate(items))
    if NoneType in get_args(kind):
        return None if value is None else _load(get_args(kind)[0], value, path)
    if is_dataclass(kind) and isinstance(kind, type):
        return _load_record(kind, _expect(value, dict, path), path)
    if kind is bool:
        return _expect(value, bool, path)
    if kind is int and not isinstance(value, bool):
        return _expect(value, int, path)
    text = _expect(value, str, path)
    readers = {date: date.fromisoformat, Decimal: lambda amount: _decimal(amount, path)}
    return readers.get(kind, kind)(text)


def _load_record(kind: type, record: dict[str, object], path: str) -> object:
    hints, names, needed = _shape(kind)
    if not needed <= set(record) <= names:
        message = f"{path}: missing or unknown {sorted((needed - set(record)) | (set(record) - names))}"
        raise ValueError(message)
    return kind(**{name: _load(hints[name], value, f"{path}.{name}") for name, value in record.items()})


@cache
def _shape(kind: type) -> tuple[dict[str, Any], frozenset[str], frozenset[str]]:
    """Return the types of a record's fields, their names, and the names of those it must have."""
    known: Any = kind
    needed = frozenset(field.name for field in fields(known) if field.default is MISSING)
    return get_type_hints(kind), frozenset(_names(kind)), needed


def _expect(value: object, kind: type, path: str) -> Any:  # noqa: ANN401 - of the type just asked for
    if not isinstance(value, kind):
        message = f"{path}: expected {kind.__name__}"
        raise ValueError(message)  # noqa: TRY004 - the text is at fault, not a caller's type
    return value


def _decimal(text: str, path: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        message = f"{path}: not an amount"
        raise ValueError(message) from None
