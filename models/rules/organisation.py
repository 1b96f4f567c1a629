"""Words for the parts of a leadership group and the bodies that may be asked for help."""

from __future__ import annotations

from enum import StrEnum


class Seat(StrEnum):
    """A seat in a leadership group (催收工作领导小组)."""

    LEADER = "leader"  # 组长, the principal
    DEPUTY = "deputy"  # 副组长
    MEMBER = "member"  # 成员


class Body(StrEnum):
    """Whom a leader may ask for help."""

    TOWNSHIP = "township"
    CIVIL_AFFAIRS = "civil_affairs"
    VILLAGE = "village"
    DISTRICT_GOVERNMENT = "district_government"
