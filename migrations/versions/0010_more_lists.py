"""Lists of reliefs, of contact details and of former pupils

The codes an import may have are part of a check. Rebuilding the table of imports on SQLite would take its rows along,
so there the check is rewritten in the schema itself, as SQLite's own documentation describes it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None

_KINDS = ("organisation", "roster", "arrears", "repayments")
_NEW_KINDS = ("reliefs", "contacts", "school_roster")
_OUTCOMES = ("new", "changed", "unchanged", "rejected")
_NEW_OUTCOMES = ("unmatched",)


def upgrade() -> None:
    _allow("import_batches", "kind", "importkind", _KINDS, (*_KINDS, *_NEW_KINDS))
    _allow("import_rows", "outcome", "rowoutcome", _OUTCOMES, (*_OUTCOMES, *_NEW_OUTCOMES))


def downgrade() -> None:
    op.execute("DELETE FROM import_rows WHERE outcome = 'unmatched'")
    kinds = ", ".join(f"'{kind}'" for kind in _NEW_KINDS)
    op.execute(f"DELETE FROM import_batches WHERE kind IN ({kinds})")
    _allow("import_rows", "outcome", "rowoutcome", (*_OUTCOMES, *_NEW_OUTCOMES), _OUTCOMES)
    _allow("import_batches", "kind", "importkind", (*_KINDS, *_NEW_KINDS), _KINDS)


def _allow(table: str, column: str, name: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Let a column hold these codes and no others."""
    check = op.f(f"ck_{table}_{name}")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(check, table, type_="check")
        op.create_check_constraint(check, table, sa.column(column).in_(after))
        return
    old, new = (f"CHECK ({column} IN ({', '.join(repr(code) for code in codes)}))" for codes in (before, after))
    bind = op.get_bind()
    held = bind.execute(sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :t"), {"t": table})
    written = held.scalar_one()
    if written.count(old) != 1:
        raise RuntimeError(f"the check of {table}.{column} is not written as expected")
    version = bind.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    bind.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :t"),
        {"sql": written.replace(old, new), "t": table},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
