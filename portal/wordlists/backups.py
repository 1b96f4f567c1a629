"""Words for the codes of backups."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.backups import Fault, Span

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    Span: {
        Span.RECENT: _l("of the last day"),
        Span.DAY: _l("newest of its day"),
        Span.WEEK: _l("newest of its week"),
        Span.MONTH: _l("newest of its month"),
    },
    Fault: {
        Fault.STORAGE: _l("the database file is damaged"),
        Fault.CONTENT: _l("the copy does not open"),
        Fault.ROWS: _l("rows are missing, or too many"),
        Fault.CHAIN: _l("the chain of events is broken"),
        Fault.LISTS: _l("a list is missing or damaged"),
    },
}
