"""Settings of one installation, read once from the environment."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

COUNTY_TIME = ZoneInfo("Asia/Shanghai")


class SettingsError(RuntimeError):
    """The environment does not describe an installation that can run; the text says what to mend."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations.

    Attributes:
        profile: ``demo`` (fictional district, says so on every page), ``production`` or ``test``.
        database_url: SQLAlchemy URL; SQLite by default.
        jobs_database_url: where durable jobs keep their checkpoints; a file of its own, or a schema of PostgreSQL.
        data_dir: uploads, papers, keys, backups.
        public_url: how people reach the portal; absolute links (the QR on a notice) are made from it, never from Host.
        secure_cookies: cookies marked Secure with the ``__Host-`` prefix; off only for plain HTTP on loopback.
        proxy_hops: how many trusted proxies stand in front.
        demo_password: the password of the demo sign-ins; demo profile only.
        copy_dir: where second copies of lists that came in are kept, best on another disk; beside the first if not set.
        data_fresh_days: older bank data stops notices and suspicions.
        list_workbook_mb: the largest workbook or web page taken in as a list.
        list_workbook_rows: the most rows of one of its sheets.
        list_text_mb: the largest text file (.csv) taken in as a list; it is read line by line.
        list_text_rows: its most rows; as many as a full sheet of a spreadsheet program.
        records_kept_years: how long lists are kept after the relation with the last of their borrowers has ended.
        publicity_late_days: how long after its day publicity may still be recorded.
        publicity_from_month: the month (1 to 12) from which a school that recorded none this season is asked about it.
        typefaces_dir: where the type faces of paper are built, once; ``data_dir/cache/typefaces`` by default.
        backup_dir: where backups are kept, on another disk or machine; ``None`` when none are made.
        backup_key_file: the key of backups, ``data_dir/keys/backup.key`` by default.

    """

    profile: str
    database_url: str
    jobs_database_url: str
    data_dir: Path
    public_url: str
    secure_cookies: bool
    proxy_hops: int
    demo_password: str
    typefaces_dir: Path
    backup_key_file: Path
    backup_dir: Path | None = None
    data_fresh_days: int = 35
    list_workbook_mb: int = 20
    list_workbook_rows: int = 200_000
    list_text_mb: int = 400
    list_text_rows: int = 1_048_576
    records_kept_years: int = 5
    publicity_late_days: int = 60
    publicity_from_month: int = 5
    copy_dir: Path | None = None
    idle_minutes: int = 30
    session_hours: int = 12

    @property
    def is_demo(self) -> bool:
        """Whether this is the fictional district."""
        return self.profile == "demo"

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Raises:
            SettingsError: a value cannot be used; names the variable and the mend.

        """
        env = os.environ if env is None else env
        data_dir = Path(env.get("DATA_DIR") or Path(__file__).parent / "data").resolve()
        database_url = _sqlalchemy_url(env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'portal.sqlite3'}")
        jobs_url = env.get("JOBS_DATABASE_URL") or (
            f"sqlite:///{data_dir / 'jobs.sqlite3'}" if database_url.startswith("sqlite") else database_url
        )
        profile = env.get("PORTAL_PROFILE", "production")
        if profile not in {"demo", "production", "test"}:
            raise SettingsError(f"PORTAL_PROFILE is '{profile}'; use demo, production or test.")
        port = _whole_number(env, "PORT", 8000)
        public_url = env.get("PUBLIC_URL") or f"http://127.0.0.1:{port}"
        return cls(
            profile=profile,
            database_url=database_url,
            jobs_database_url=_sqlalchemy_url(jobs_url),
            data_dir=data_dir,
            public_url=public_url.rstrip("/"),
            secure_cookies=public_url.startswith("https://"),
            proxy_hops=_whole_number(env, "PROXY_HOPS", 0),
            demo_password=env.get("DEMO_PASSWORD") or "village-school-2026",
            copy_dir=Path(env["COPY_DIR"]).resolve() if env.get("COPY_DIR") else None,
            backup_dir=Path(env["BACKUP_DIR"]).resolve() if env.get("BACKUP_DIR") else None,
            backup_key_file=Path(env.get("BACKUP_KEY_FILE") or data_dir / "keys" / "backup.key").resolve(),
            typefaces_dir=Path(env.get("TYPEFACES_DIR") or data_dir / "cache" / "typefaces").resolve(),
            list_workbook_mb=_whole_number(env, "LIST_WORKBOOK_MB", 20),
            list_workbook_rows=_whole_number(env, "LIST_WORKBOOK_ROWS", 200_000),
            list_text_mb=_whole_number(env, "LIST_TEXT_MB", 400),
            list_text_rows=_whole_number(env, "LIST_TEXT_ROWS", 1_048_576),
            data_fresh_days=_whole_number(env, "DATA_FRESH_DAYS", 35),
            records_kept_years=_whole_number(env, "RECORDS_KEPT_YEARS", 5),
            publicity_late_days=_whole_number(env, "PUBLICITY_LATE_DAYS", 60),
            publicity_from_month=_month(env, "PUBLICITY_FROM_MONTH", 5),
        )

    def key(self, name: str) -> bytes:
        """Return a 32-byte key from ``data_dir/keys``, making it on first use.

        Args:
            name: what the key is for; also the file's name.

        Raises:
            SettingsError: the file may be read by others, or is not a key.

        """
        path = self.data_dir / "keys" / f"{name}.key"
        if not path.exists():
            _make_key(path)
        return _read_key(path)

    def backup_key(self, *, makes: bool = False) -> bytes:
        """Return the 32-byte key of backups.

        Args:
            makes: make it when it is not there; only where there are no backups that an older key would open.

        Raises:
            SettingsError: it is not there, may be read by others, or is not a key.

        """
        path = self.backup_key_file
        if not path.exists():
            if not makes:
                raise SettingsError(f"The key of backups is not there: put {path.name} back where it was.")
            _make_key(path)
        return _read_key(path)


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process of this installation was first; its key is the key
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(32))


def _read_key(path: Path) -> bytes:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"The key file {path.name} may be read by others; run chmod 600 on it.")
    value = path.read_bytes()
    if len(value) != 32:  # noqa: PLR2004  # AES-256
        raise SettingsError(f"The key file {path.name} is damaged: it has {len(value)} bytes instead of 32.")
    return value


def _sqlalchemy_url(url: str) -> str:
    """Name the drivers this project uses; people write the short forms."""
    for short, full in (("postgres://", "postgresql+psycopg://"), ("postgresql://", "postgresql+psycopg://")):
        if url.startswith(short):
            return full + url[len(short) :]
    return url


def _whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdigit():
        raise SettingsError(f"{name} is '{text}'; it must be a whole number.")
    return int(text)


def _month(env: Mapping[str, str], name: str, default: int) -> int:
    month = _whole_number(env, name, default)
    if not 1 <= month <= 12:  # noqa: PLR2004  # months of a year
        raise SettingsError(f"{name} is '{month}'; it must be a month from 1 to 12.")
    return month
