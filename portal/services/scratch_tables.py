"""Temporary tables that are filled and emptied piece after piece."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, text


def empty(connection: Connection, table: Table) -> None:
    """Empty a temporary table. On PostgreSQL, deleted rows would stay and be read by every later piece."""
    is_postgres = connection.dialect.name == "postgresql"
    connection.execute(text(f"TRUNCATE {table.name}") if is_postgres else delete(table))
