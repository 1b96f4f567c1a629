"""District, townships, villages, schools, leadership groups, and who looks after which village."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.organisation import Seat
from models.types import one_of


class District(Base):
    """The district (区/县) of this installation and its aid centre; codes are GB/T 2260, six digits."""

    __tablename__ = "districts"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(6), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    centre_name: Mapped[str] = mapped_column(String(80))
    centre_landline: Mapped[str] = mapped_column(String(30))
    issuing_mark: Mapped[str] = mapped_column(String(20))  # the words before 〔year〕 in a notice's serial
    is_fictional: Mapped[bool]


class Township(Base):
    """A township or town (乡镇); nine-digit code."""

    __tablename__ = "townships"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(9), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)


class Village(Base):
    """An administrative village (行政村) or neighbourhood; twelve-digit code."""

    __tablename__ = "villages"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    township_id: Mapped[int] = mapped_column(ForeignKey("townships.id"), index=True)


class School(Base):
    """A school whose leadership group looks after villages."""

    __tablename__ = "schools"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    township_id: Mapped[int] = mapped_column(ForeignKey("townships.id"), index=True)
    landline: Mapped[str] = mapped_column(String(30), default="")


class LeadershipGroup(Base):
    """A school's leadership group (催收工作领导小组) for one term; one open group per school."""

    __tablename__ = "leadership_groups"
    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="term_in_order"),
        Index(
            "uq_leadership_groups_open",
            "school_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"), index=True)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]


class GroupSeat(Base):
    """Who is leader, deputy or member of a group, from–to. At most one open leader and one open deputy."""

    __tablename__ = "group_seats"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="seat_in_order"),
        Index(
            "uq_group_seats_one_head",
            "group_id",
            "seat",
            unique=True,
            sqlite_where=text("to_on IS NULL AND seat <> 'member'"),
            postgresql_where=text("to_on IS NULL AND seat <> 'member'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("leadership_groups.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    person_name: Mapped[str] = mapped_column(String(40))
    seat: Mapped[Seat] = mapped_column(one_of(Seat))
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class AreaAssignment(Base):
    """A village looked after by a school, and by one member of its group (包联辖区). One open row per village."""

    __tablename__ = "area_assignments"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="assignment_in_order"),
        Index(
            "uq_area_assignments_open",
            "village_id",
            unique=True,
            sqlite_where=text("to_on IS NULL"),
            postgresql_where=text("to_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    village_id: Mapped[int] = mapped_column(ForeignKey("villages.id"), index=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"), index=True)
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("group_seats.id"), index=True)  # NULL: nobody yet
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Holiday(Base):
    """A day off on a weekday, or a working day on a weekend (调休); editable, seeded from the published calendar."""

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(40))
