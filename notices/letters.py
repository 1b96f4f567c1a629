"""What two one-page letters say: asking another office for one stated help, and hearing a person suspected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from models.rules.papers import PaperKind
from notices import safeguards
from notices.first_wording import FIRST
from notices.frozen import Paper, texts
from notices.wording import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedLine:
    """One thing that was tried before help was asked for."""

    on: date
    what: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationContent(Paper):
    """A letter to a township, civil affairs, a village or the district: one stated help, never an amount.

    The office asked is a third party to the debt, so it learns whom to reach and what is asked, not what is owed
    (Personal Information Protection Law 6 and 23: no more than the purpose needs).

    Attributes:
        serial: as printed.
        issued_on: day of the letter.
        addressee: the office asked.
        school_name: who asks.
        issuing_unit: the aid centre on whose behalf.
        borrower_name: whom it is about.
        village: last known village.
        facts: what is known, a sentence each, without amounts.
        tried: what was done before, oldest first.
        ask: the one help asked for.
        reply_by: by when.
        contact_name: who answers questions at the school.
        landline: the centre's or the school's landline.
        wording_version: the version its passages are from.
        is_demo: print the demonstration mark.
        wording: its passages; papers older than this field were printed with those of version one.

    """

    KIND: ClassVar[str] = "关于提请协助的函"
    TEMPLATE: ClassVar[str] = "escalation.html"
    CODE: ClassVar[PaperKind] = PaperKind.ESCALATION

    serial: str
    issued_on: date
    addressee: str
    school_name: str
    issuing_unit: str
    borrower_name: str
    village: str
    facts: tuple[str, ...]
    tried: tuple[TriedLine, ...]
    ask: str
    reply_by: date
    contact_name: str
    landline: str
    wording_version: str
    is_demo: bool
    wording: tuple[Passage, ...] = FIRST[PaperKind.ESCALATION].passages(PaperKind.ESCALATION)

    def check(self) -> None:
        """Refuse a letter that names an amount, a link or an account, or that asks for nothing.

        Raises:
            NoticeNotRendered: names the field.

        """
        Paper.check(self)
        said = [
            (path, text)
            for path, text in texts(self)
            if path == "ask" or path.startswith(("facts", "tried", "addressee"))
        ]
        safeguards.no_amounts(self.serial, said)
        safeguards.no_links_or_accounts(self.serial, said)
        safeguards.present(self.serial, [("ask", self.ask.strip())])
        safeguards.after(self.serial, "reply_by", self.issued_on, self.reply_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySlipContent(Paper):
    """What is stated about a person, and the slip on which that person answers before anybody decides.

    Attributes:
        serial: as printed.
        check_code: twelve characters by which the paper can be verified.
        check_url: the public check page.
        issued_on: day of issue.
        issuing_unit: the aid centre, which will decide.
        school_name: who serves it.
        borrower_name: full name.
        masked_id: masked ID number.
        grounds: what is stated, a sentence each.
        answer_by: last day to answer.
        ways_to_answer: where and how.
        hardship_reasons: boxes to tick.
        relief_options: help that can be asked for with the same slip.
        landline: the centre's.
        wording_version: the version its passages are from.
        is_demo: print the demonstration mark.
        wording: its passages; papers older than this field were printed with those of version one.

    """

    KIND: ClassVar[str] = "情况核实告知书"
    TEMPLATE: ClassVar[str] = "reply_slip.html"
    CODE: ClassVar[PaperKind] = PaperKind.REPLY_SLIP

    serial: str
    check_code: str
    check_url: str
    issued_on: date
    issuing_unit: str
    school_name: str
    borrower_name: str
    masked_id: str
    grounds: tuple[str, ...]
    answer_by: date
    ways_to_answer: tuple[str, ...]
    hardship_reasons: tuple[str, ...]
    relief_options: tuple[str, ...]
    landline: str
    wording_version: str
    is_demo: bool
    wording: tuple[Passage, ...] = FIRST[PaperKind.REPLY_SLIP].passages(PaperKind.REPLY_SLIP)

    def check(self) -> None:
        """Refuse a slip without grounds, without a way to answer, or with a link or an account in its text.

        Raises:
            NoticeNotRendered: names the field.

        """
        Paper.check(self)
        safeguards.public_page(self.serial, self.check_url)
        safeguards.masked(self.serial, self.masked_id)
        safeguards.no_links_or_accounts(
            self.serial,
            (
                (path, text)
                for path, text in texts(self)
                if path.startswith(("grounds", "ways_to_answer", "relief_options"))
            ),
        )
        safeguards.present(
            self.serial,
            (
                (name, getattr(self, name))
                for name in ("grounds", "ways_to_answer", "hardship_reasons", "relief_options")
            ),
        )
        safeguards.after(self.serial, "answer_by", self.issued_on, self.answer_by)
