"""What a leader may ask a township or another body for: one stated help each."""

from __future__ import annotations

from enum import StrEnum


class Help(StrEnum):
    """The one thing asked for. None of them is collecting money."""

    LOCATE = "locate"  # find out where the person lives now
    PASS_ON = "pass_on"  # noqa: S105  # no password: ask the person to contact the aid centre
    ACCOMPANY = "accompany"  # go along on a visit
    CONFIRM_HARDSHIP = "confirm_hardship"  # civil affairs confirms low-income, illness or disaster
    MEDIATE = "mediate"  # settle a dispute in the family or village
