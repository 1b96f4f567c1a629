"""Work longer than a page, as people see it in the task centre. The steps themselves are durable elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.jobs import JobKind, JobState
from models.types import Instant, one_of


class Job(Base):
    """One piece of work. ``key`` is its natural name (``nightly:2026-12-21``): starting it twice is once.

    The row is written in the transaction that asks for the work, so a request that fails asks for nothing, and a
    worker that was away finds it.
    """

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    attempt: Mapped[int] = mapped_column(default=1)  # asked again after a failure or a cancel: 2, 3 …
    kind: Mapped[JobKind] = mapped_column(one_of(JobKind))
    title: Mapped[str] = mapped_column(String(160))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)  # ids and dates, never personal data
    state: Mapped[JobState] = mapped_column(one_of(JobState), default=JobState.WAITING, index=True)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(String(500), default="")
    failures: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # see ``portal/jobs/plans.py``
    result_url: Mapped[str] = mapped_column(String(200), default="")
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class Worker(Base):
    """A process that executes jobs, and when it was last heard of; the work of a silent one is taken over."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)  # stable: it finds its own work again
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant, index=True)
