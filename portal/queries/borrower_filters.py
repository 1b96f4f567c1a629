"""What a list of borrowers is narrowed to, as it stands in an address: no personal data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeVar

from models.rules.buckets import BUCKETS
from models.rules.casework import CaseStage
from models.rules.default_rate import DEFINITIONS
from models.rules.standing import StandingState

_Code = TypeVar("_Code", bound=StrEnum)
_CODE = re.compile(r"[0-9A-Za-z-]{1,20}", re.ASCII)


LEAST_DAYS = {f"{one.least_days - 1}+": one.least_days for one in DEFINITIONS.values() if one.least_days > 1}
"""Beside the ranges of days counted: from how many days past due on, as a default rate counts its borrowers."""


class Since(StrEnum):
    """How long ago the last contact was."""

    NEVER = "never"
    WEEK = "7"
    MONTH = "30"


class TaskDue(StrEnum):
    """Narrowed to borrowers about whom something is to be done."""

    DUE = "due"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; everything here may stand in an address: no personal data."""

    area: str = ""
    bucket: str = ""
    state: StandingState | None = None
    stage: CaseStage | None = None
    since: Since | None = None
    school: str = ""
    task: TaskDue | None = None

    @classmethod
    def of(cls, address: Mapping[str, str]) -> Self:
        """Read the filters of an address; what is not understood narrows nothing."""
        area, school = address.get("area", ""), address.get("school", "")
        bucket = address.get("bucket", "")
        return cls(
            area=area if _CODE.fullmatch(area) else "",
            bucket=bucket if bucket in LEAST_DAYS or bucket in {one.key for one in BUCKETS} else "",
            state=_member(StandingState, address.get("state")),
            stage=_member(CaseStage, address.get("stage")),
            since=_member(Since, address.get("since")),
            school=school if _CODE.fullmatch(school) else "",
            task=_member(TaskDue, address.get("task")),
        )

    @property
    def address(self) -> dict[str, str]:
        """Return the filters as parts of an address."""
        pairs = {
            "area": self.area,
            "bucket": self.bucket,
            "state": self.state,
            "stage": self.stage,
            "since": self.since,
            "school": self.school,
            "task": self.task,
        }
        return {name: str(value) for name, value in pairs.items() if value}

    def without(self, name: str) -> dict[str, str]:
        """Return the address with one filter removed."""
        return {key: value for key, value in self.address.items() if key != name}


def _member(kind: type[_Code], text: str | None) -> _Code | None:
    return next((member for member in kind if member.value == text), None)
