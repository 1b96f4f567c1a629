"""Words for the codes of notices."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

WORDS: dict[type[StrEnum], dict[Any, Any]] = {}
