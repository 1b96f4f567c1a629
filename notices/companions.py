"""Sheets that explain a paper in English to a reader who does not read Chinese; the paper itself is what counts.

A sheet names the serial number, the dates and the total of the paper it goes with, so that nobody takes the sheet of
one paper for that of another. It asks for nothing of its own and holds no link and no account number either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from models.rules.money import shown
from models.rules.papers import PaperKind
from notices import layout
from notices.faces import check_characters
from notices.frozen import Paper
from notices.refusals import NoticeNotRendered

_PAY = (
    "Pay only through the official ways named on the Chinese paper. Payment costs no fee. Our staff never take cash, "
    "never send payment links, never give an account to pay into, and never ask for passwords or codes."
)
_HELP = (
    "Help can be asked for, free of charge: a change of the plan for further study, deferral of principal where this "
    "year's policy allows it, and relief in serious illness, disaster, disability or very low income."
)
_OBJECT = (
    "If you think the person, the contract or the amount is wrong, say so in person, by telephone or in writing. The "
    "centre checks it with the bank and answers. If it is paid already, do not pay again; call us."
)
_UNPAID = (
    "If it stays unpaid: penalty interest runs as the contract says; the bank reports it to the credit bureau as the "
    "law says; if it stays unpaid for long, the bank may take it to court."
)
_DEMAND = (
    "The contracts listed in the Chinese paper have amounts that fell due and were not paid.",
    "Please pay the amount above by the day named above. If you cannot pay at once, call the centre before that day.",
    _PAY,
    _HELP,
    _UNPAID,
    _OBJECT,
    "Signing the receipt only says that you received the paper. It does not take away your right to object.",
)
_SIGNING = (
    "You need not sign. You may take the paper home and sign it later, or not at all.",
    _PAY,
    _HELP,
    _OBJECT,
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet says of a kind of paper."""

    title: str
    says: tuple[str, ...]


SHEETS: Mapping[PaperKind, Sheet] = MappingProxyType(
    {
        PaperKind.NOTICE: Sheet("Notice of arrears on an origin-based student loan", _DEMAND),
        PaperKind.CO_BORROWER: Sheet(
            "Notice to a co-borrower of a student loan",
            ("You signed the contracts together with the student and owe the same debt.", *_DEMAND),
        ),
        PaperKind.REMINDER: Sheet(
            "Reminder before a payment falls due",
            (
                "The amounts in the Chinese paper fall due on the day named above. Nothing is overdue.",
                "The amounts are those of the plan; what the bank's system shows on the day of payment counts.",
                _PAY,
                _HELP,
                _OBJECT,
            ),
        ),
        PaperKind.RELIEF_INFORMATION: Sheet(
            "What to do when repaying is difficult",
            (
                _HELP,
                "Call the centre first. The Chinese paper lists what to bring; what is missing can be brought later.",
                "The authority in charge decides by this year's policy. Until then, please keep to the plan.",
            ),
        ),
        PaperKind.ACKNOWLEDGEMENT: Sheet(
            "Acknowledgement of a debt",
            ("By signing you state that the debt listed in the Chinese paper exists and is not paid yet.", *_SIGNING),
        ),
        PaperKind.PROMISE: Sheet(
            "Written promise to pay",
            ("By signing you promise to pay by the days and in the amounts that you propose yourself.", *_SIGNING),
        ),
        PaperKind.THANKS: Sheet(
            "Thanks for your payment",
            (
                "Nothing is overdue any more. Thank you.",
                "The Chinese paper names the next day and amount, or says that everything is paid off.",
                _PAY,
            ),
        ),
        PaperKind.REPLY_SLIP: Sheet(
            "You are asked for your side before anything is decided",
            (
                "The school told the centre what is listed in the Chinese paper. Nothing has been decided.",
                "You may explain, hand in papers, or ask for a correction, by the day named above.",
                "Somebody other than the person who reported it decides, and gives reasons.",
                _HELP,
            ),
        ),
    }
)
"""By kind of paper; papers to offices and the leaflet have none."""

_DATES = (
    ("due_on", "Due on"), ("pay_by", "Please pay by"), ("answer_by", "Please answer by"), ("data_on", "Figures as of"),
)  # fmt: skip


def exists(kind: PaperKind) -> bool:
    """Say whether there is a sheet for a kind of paper."""
    return kind in SHEETS


def render(paper: Paper) -> bytes:
    """Make the sheet that goes with a paper.

    Raises:
        NoticeNotRendered: there is no sheet for this kind, or a character of the paper cannot be printed.

    """
    sheet = SHEETS.get(paper.CODE)
    if sheet is None:
        raise NoticeNotRendered(
            "%(serial)s was not made: there is no English sheet for this kind of paper (“%(field)s”).",
            serial=paper.serial,
            field="kind",
        )
    check_characters(paper)
    html = layout.fill(
        "companion.html", paper=paper, sheet=sheet, told=_told(paper), title=f"{sheet.title} {paper.serial}"
    )
    return layout.lay_out(html, serial=paper.serial, kind=sheet.title)


def _told(paper: Paper) -> tuple[tuple[str, str], ...]:
    told = [("Paper", paper.serial), ("Issued on", paper.issued_on.isoformat()), ("Issued by", paper.issuing_unit)]
    for name, label in _DATES:
        value = getattr(paper, name, None)
        if isinstance(value, date):
            told.append((label, value.isoformat()))
    total = getattr(paper, "total", None)
    if total is not None:
        told.append(("Total in yuan", shown(total)))
    if hasattr(paper, "check_code"):
        told.append(("Check code", paper.check_code))
    return (*told, ("Landline of the centre", paper.landline))
