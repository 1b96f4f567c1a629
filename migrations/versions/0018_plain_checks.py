"""A column of codes is checked by comparing it with each of them

SQLite makes a table of what stands behind IN anew for each row it writes: three such checks took six times as long as
the row itself. The rule stays the same, so no row has to be looked at, and the way that the manual of SQLite describes
for such a change is taken: the text of the tables is written anew. PostgreSQL compares with each code anyway.

A later migration that adds a column of codes writes its check so, too; a test of the schema says where one does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_ONE_OF = re.compile(r"CHECK \((\w+) IN \(('\w+'(?:, '\w+')*)\)\)")
_COMPARED = re.compile(r"CHECK \((\w+) = ('\w+'(?: OR \1 = '\w+')*)\)")


def upgrade() -> None:
    _write_anew(lambda sql: _ONE_OF.sub(_compared, sql))


def downgrade() -> None:
    _write_anew(lambda sql: _COMPARED.sub(_one_of, sql))


def _compared(found: re.Match[str]) -> str:
    column, codes = found.groups()
    return "CHECK (" + " OR ".join(f"{column} = {code}" for code in codes.split(", ")) + ")"


def _one_of(found: re.Match[str]) -> str:
    column, codes = found.groups()
    return f"CHECK ({column} IN ({codes.replace(f' OR {column} =', ',')}))"


def _write_anew(rule: Callable[[str], str]) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    tables = connection.execute(sa.text("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")).all()
    for name, sql in tables:
        if (again := rule(sql)) != sql:
            connection.execute(
                sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"),
                {"sql": again, "name": name},
            )
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")  # every connection reads it anew
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
