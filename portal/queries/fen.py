"""Amounts of money in SQL: whole fen, as the columns hold them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, type_coerce


def fen(column: Any) -> ColumnElement[int]:  # noqa: ANN401  # a mapped attribute
    """Take a column of money as the fen it holds."""
    return type_coerce(column, BigInteger)


def total(condition: ColumnElement[bool], amount: ColumnElement[int]) -> ColumnElement[int]:
    """Sum what meets a condition; 0 where nothing does."""
    return func.coalesce(func.sum(amount, type_=BigInteger()).filter(condition), 0)
