"""Accounts: passwords, sign-in with throttling, making and stopping accounts."""

from __future__ import annotations

import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.accounts import SignInFailure, User, UserSession
from models.rules.permissions import Role
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act

# OWASP's floor is 19 MiB and two passes; 64 MiB and three cost a fifth of a second on an old server.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_NOBODY = _hasher.hash("nobody has this password")

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
FAILURES_ALLOWED = 5  # of one account from one source, within the window
FAILURES_ALLOWED_ACCOUNT = 30  # of one account from anywhere: slows a spread attack, hard to use for locking out
FAILURE_WINDOW = timedelta(minutes=15)
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"


class TooManyFailures(Refused):
    """Sign-in is slowed down for a while."""


def check_credentials(session: Session, *, act: Act, username: str, password: str, source: str) -> User | None:
    """Return the account if name and password are right, else ``None`` and remember the failure.

    The work done is the same whether the account exists or not.

    Raises:
        TooManyFailures: too many wrong tries; nothing was checked.

    """
    username = username.strip().lower()[:60]
    since = act.at - FAILURE_WINDOW
    recent = (
        select(func.count())
        .select_from(SignInFailure)
        .where(SignInFailure.username == username, SignInFailure.at > since)
    )
    if (
        session.scalars(recent.where(SignInFailure.source == source)).one() >= FAILURES_ALLOWED
        or session.scalars(recent).one() >= FAILURES_ALLOWED_ACCOUNT
    ):
        act.record(session, "account:throttled", subject="sign-in")
        raise TooManyFailures("Too many wrong tries. Wait a quarter of an hour, or ask your administrator.")
    user = session.scalar(select(User).where(User.username == username))
    right = _verify(user.password_hash if user else _NOBODY, password)
    if user is None or not right or not user.is_active:
        session.add(SignInFailure(username=username, source=source, at=act.at))
        act.record(session, "account:sign_in_failed", subject=f"user/{user.id}" if user else "")
        return None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    return user


def add_user(
    session: Session,
    *,
    act: Act,
    username: str,
    name: str,
    role: Role,
    password: str,
    school_id: int | None = None,
    township_id: int | None = None,
    must_change_password: bool = True,
) -> User:
    """Make an account.

    Raises:
        Refused: the name is taken, the password too weak, or the place does not fit the role.

    """
    username = username.strip().lower()
    if not username:
        raise Refused("Enter a name to sign in with.")
    if session.scalar(select(User.id).where(User.username == username)) is not None:
        raise Refused("An account named %(username)s exists already; choose another name.", username=username)
    if (role in {Role.MEMBER, Role.DEPUTY, Role.LEADER}) != (school_id is not None):
        raise Refused("Members, deputies and leaders need a school; other roles have none.")
    if (role is Role.TOWNSHIP) != (township_id is not None):
        raise Refused("Township officials need a township; other roles have none.")
    check_strength(password, username)
    user = User(
        username=username,
        name=name.strip(),
        role=role,
        school_id=school_id,
        township_id=township_id,
        password_hash=_hasher.hash(password),
        must_change_password=must_change_password,
        created_at=act.at,
    )
    session.add(user)
    session.flush()  # the event names the new id
    act.record(session, "account:added", subject=f"user/{user.id}", role=role.value)
    return user


def change_password(session: Session, *, act: Act, current: str, new: str, keep_key_hash: str) -> None:
    """Change one's own password and end one's other sessions.

    Raises:
        Refused: the present password is wrong, or the new one too weak.

    """
    user = session.get_one(User, act.person.user_id)
    if not _verify(user.password_hash, current):
        raise Refused("The present password is not right.")
    check_strength(new, user.username)
    user.password_hash = _hasher.hash(new)
    user.must_change_password = False
    session.execute(
        update(UserSession)
        .where(
            UserSession.user_id == user.id,
            UserSession.ended_at.is_(None),
            UserSession.key_hash != keep_key_hash,
        )
        .values(ended_at=act.at)
    )
    act.record(session, "account:password_changed", subject=f"user/{user.id}")


def reset_password(session: Session, *, act: Act, user_id: int, password: str) -> None:
    """Give an account a first password again, to be changed at the next sign-in; end its sessions.

    Raises:
        NotVisible: no such account.
        Refused: the password is too weak, or the account is one's own.

    """
    user = _to_change(session, user_id)
    if user.id == act.user_id:
        raise Refused("Change your own password on the page of your account; the present one is asked for there.")
    check_strength(password, user.username)
    user.password_hash = _hasher.hash(password)
    user.must_change_password = True
    _end_sessions(session, act, user.id)
    act.record(session, "account:password_reset", subject=f"user/{user.id}")


def set_active(session: Session, *, act: Act, user_id: int, is_active: bool) -> None:
    """Stop or reopen an account; stopping ends its sessions at once.

    Raises:
        NotVisible: no such account.
        Refused: one cannot stop one's own account.

    """
    user = _to_change(session, user_id)
    if user.id == act.user_id and not is_active:
        raise Refused("You cannot stop your own account; ask another administrator.")
    user.is_active = is_active
    if not is_active:
        _end_sessions(session, act, user.id)
    act.record(session, "account:reopened" if is_active else "account:stopped", subject=f"user/{user.id}")


def rename(session: Session, *, act: Act, user_id: int, name: str, reason: str) -> None:
    """Correct a misspelt name; what was recorded under the old one stays as it was.

    Raises:
        NotVisible: no such account.
        Refused: it is called so already, or the account is one's own.

    """
    user = _to_change(session, user_id)
    name = name.strip()
    if user.id == act.user_id:
        raise Refused("You cannot correct your own name; ask another administrator.")
    if name == user.name:
        raise Refused("The account has this name already.")
    was, user.name = user.name, name
    act.record(session, "user:renamed", subject=f"user/{user.id}", name=name, name_before=was, reason=reason)


def end_other_sessions(session: Session, *, act: Act, keep_key_hash: str) -> int:
    """End one's sessions in other browsers; return how many were open."""
    ended = session.scalars(
        update(UserSession)
        .where(
            UserSession.user_id == act.person.user_id,
            UserSession.ended_at.is_(None),
            UserSession.key_hash != keep_key_hash,
        )
        .values(ended_at=act.at)
        .returning(UserSession.id)
    ).all()
    act.record(session, "account:sessions_ended", subject=f"user/{act.person.user_id}", sessions=len(ended))
    return len(ended)


def first_password() -> str:
    """Make a password to be handed over on paper: 79 bits, without letters and digits that look alike."""
    groups = ("".join(secrets.choice(_CLEAR) for _place in range(4)) for _group in range(4))
    return "-".join(groups)


def check_strength(password: str, username: str) -> None:
    """Refuse a password that is too short, too long, or the sign-in name in disguise.

    Raises:
        Refused: with what would mend it.

    """
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(
            "The password needs at least %(least)s characters; a short sentence is good.",
            least=SHORTEST_PASSWORD,
        )
    if len(password) > LONGEST_PASSWORD:
        raise Refused("The password may have at most %(most)s characters.", most=LONGEST_PASSWORD)
    if len(set(password)) < SHORTEST_PASSWORD // 2 or (len(username) > 3 and username in password.lower()):  # noqa: PLR2004
        raise Refused("This password is too easy to guess: use more different characters and not your sign-in name.")


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[:LONGEST_PASSWORD])
    except VerificationError:
        return False


def _end_sessions(session: Session, act: Act, user_id: int) -> None:
    session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .values(ended_at=act.at)
    )


def _to_change(session: Session, user_id: int) -> User:
    user = session.scalars(select(User).where(User.id == user_id).with_for_update()).one_or_none()
    if user is None:
        raise NotVisible
    return user
