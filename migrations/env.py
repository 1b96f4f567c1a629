"""How migrations run: always with a database handed in, never from a file of addresses."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator


def _plain_type(kind: str, thing: object, _autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as what they are in the database: migrations outlive our code."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}"
    return False


database = context.config.attributes["database"]
with database.engine.execution_options(writes=True).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes["metadata"],
        render_as_batch=True,
        compare_type=True,
        render_item=_plain_type,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
