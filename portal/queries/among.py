"""One of some ids or words, in SQL: all in one parameter, so that a statement reads the same for few and many."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Self

from sqlalchemy import BigInteger, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import Boolean, TypeDecorator, TypeEngine


class _Listed(TypeDecorator[Sequence[Any]]):
    """Ids or words as one value: an array on PostgreSQL, a JSON list on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.of()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:  # noqa: ANN401  # as its driver takes it
        held = list(value or ())
        return held if dialect.name == "postgresql" else json.dumps(held, ensure_ascii=False)


_IDS, _WORDS = _Listed(BigInteger), _Listed(Text)


class _is_among(FunctionElement[bool]):  # noqa: N801  # reads as the SQL function it is
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:  # noqa: ARG002  # its signature
        """Stand beside other conditions as it is: written as ``(…) = 1`` on SQLite it would be sought in no index."""
        return self


@compiles(_is_among, "sqlite")
def _is_among_sqlite(element: _is_among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # its signature
    column, ids = element.clauses
    listed = f"SELECT value FROM json_each({compiler.process(ids, **options)})"
    return f"({compiler.process(column, **options)} IN ({listed}))"


@compiles(_is_among)
def _is_among_array(element: _is_among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # same
    column, ids = element.clauses
    return f"({compiler.process(column, **options)} = ANY ({compiler.process(ids, **options)}))"


def among(column: Any, values: Collection[int] | Collection[str]) -> ColumnElement[bool]:  # noqa: ANN401  # a column, mapped or not
    """Say, in SQL, that a column is one of some ids, or one of some words."""
    held = list(values)
    return _is_among(column, bindparam(None, held, type_=_WORDS if held and isinstance(held[0], str) else _IDS))
