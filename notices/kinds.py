"""The content of each kind of paper."""

from __future__ import annotations

from models.rules.papers import PaperKind
from notices.addressed import CoBorrowerContent
from notices.content import NoticeContent
from notices.frozen import Paper
from notices.information import LeafletContent, ReliefContent, ReminderContent, ThanksContent
from notices.letters import EscalationContent, ReplySlipContent
from notices.statements import AcknowledgementContent, PromiseContent
from notices.summaries import SummaryContent

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
