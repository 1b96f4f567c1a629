"""Accounts, sessions, failed sign-ins, and the keys that make a double click have one effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.permissions import Role
from models.types import Instant, Sealed, one_of


class User(Base):
    """An account. School roles belong to a school, township officials to a township, others to the district."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(
            "(role IN ('member','deputy','leader')) = (school_id IS NOT NULL)",
            name="school_roles_have_a_school",
        ),
        CheckConstraint("(role = 'township') = (township_id IS NOT NULL)", name="township_role_has_a_township"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    role: Mapped[Role] = mapped_column(one_of(Role))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)
    township_id: Mapped[int | None] = mapped_column(ForeignKey("townships.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(Sealed("users.totp_secret"))
    is_active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(Instant)


class UserSession(Base):
    """A signed-in browser. The cookie holds a random key; only its SHA-256 is stored."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    user_agent: Mapped[str] = mapped_column(String(200), default="")


class SignInFailure(Base):
    """A failed sign-in, kept to slow the next ones down."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_username_at", "username", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60))  # as typed, lower case, cut
    source: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(Instant)


class SubmitKey(Base):
    """A form's key, used up when its act is done, so that sending it twice does it once."""

    __tablename__ = "submit_keys"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    used_at: Mapped[datetime] = mapped_column(Instant)
    location: Mapped[str] = mapped_column(String(300))  # where the first sending led
