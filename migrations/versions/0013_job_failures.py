"""What a job could not do is kept as sentences that can be translated, not as English text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


_JOBS = sa.table("jobs", sa.column("id"), sa.column("failed"), sa.column("message"), sa.column("failures", sa.JSON()))


def upgrade() -> None:
    op.add_column("jobs", sa.Column("failures", sa.JSON(), nullable=False, server_default="[]"))
    job = _JOBS.c
    told = sa.select(job.id, job.message).where(job.failed > 0, job.message != "")
    for job_id, message in op.get_bind().execute(told).all():
        lines = [{"name": line} for line in message.split(" · ")]  # as it was told: English, put together
        op.execute(_JOBS.update().where(job.id == job_id).values(failures=lines, message=""))


def downgrade() -> None:
    with op.batch_alter_table("jobs") as batch_op:
        batch_op.drop_column("failures")
