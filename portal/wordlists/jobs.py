"""Words for the codes of jobs."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

WORDS: dict[type[StrEnum], dict[Any, Any]] = {}
