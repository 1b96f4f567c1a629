"""The content of each kind of paper."""

from __future__ import annotations

from models.rules.papers import PaperKind, PassageName
from notices.addressed import CoBorrowerContent
from notices.content import NoticeContent
from notices.frozen import Paper
from notices.information import LeafletContent, ReliefContent, ReminderContent, ThanksContent
from notices.letters import EscalationContent, ReplySlipContent
from notices.statements import AcknowledgementContent, PromiseContent
from notices.summaries import SummaryContent
from notices.wording import KINDS, Version

CONTENT: dict[PaperKind, type[Paper]] = {
    shape.CODE: shape
    for shape in (
        NoticeContent,
        CoBorrowerContent,
        ReminderContent,
        ReliefContent,
        AcknowledgementContent,
        PromiseContent,
        ThanksContent,
        EscalationContent,
        ReplySlipContent,
        LeafletContent,
        SummaryContent,
    )
}
"""By kind."""


def read(kind: PaperKind, text: str) -> Paper:
    """Read a stored content of a kind.

    Raises:
        ValueError: it is not of that kind.

    """
    return CONTENT[kind].from_json(text)


_LISTS = {
    PassageName.CHANNEL_LIST: ("channels", "channel_list"),
    PassageName.NEXT_STEPS: ("next_steps",),
    PassageName.RELIEF_OPTIONS: ("relief_options",),
    PassageName.HARDSHIP_REASONS: ("hardship_reasons",),
    PassageName.MATERIALS: ("materials",),
    PassageName.PLAN: ("plan",),
    PassageName.POLICY: ("policy",),
    PassageName.FRAUD: ("fraud",),
    PassageName.NOTES: ("notes",),
}
"""Which field of a paper a list of its wording fills."""


def lists(kind: PaperKind, version: Version) -> dict[str, tuple[str, ...]]:
    """Return the fields that a paper of the kind takes from the lists of its wording."""
    known = CONTENT[kind].__dataclass_fields__  # type: ignore[attr-defined]  # every kind is a dataclass
    return {
        field: version.lines(rule.name)
        for rule in KINDS[kind].rules
        if rule.is_list
        for field in _LISTS[rule.name]
        if field in known
    }
