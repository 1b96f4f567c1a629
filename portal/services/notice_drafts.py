"""May a notice be issued, and what would it say: one answer for one borrower, a batch and its preview."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from config import Settings
from models.rules import verification
from models.rules.facts import BorrowerFacts, PauseCause
from models.rules.notices import level_after
from models.rules.papers import PaperKind, PassageName
from models.rules.refusals import Refused, StaleData
from models.rules.sentences import N_
from models.rules.standing import Standing, StandingState
from notices.content import CoBorrowerLine, ContractLine, NoticeContent
from portal.queries.notice_facts import Dossier, Office


@dataclass(frozen=True, slots=True)
class Terms:
    """What an installation sets about issuing.

    Attributes:
        public_url: how families reach the portal, without a slash at the end; the QR code leads there.
        fresh_days: how old the bank's data may be, in days.

    """

    public_url: str
    fresh_days: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Terms:
        """Return those of an installation."""
        return cls(settings.public_url, settings.data_fresh_days)


@dataclass(frozen=True, slots=True)
class Known:
    """What a borrower's standing was judged from, and the standing: equal facts on one day are judged alike."""

    facts: BorrowerFacts
    standing: Standing


@dataclass(frozen=True, slots=True)
class Draft:
    """A number taken and the words that will stand on its paper; nothing is issued yet."""

    borrower_id: int
    year: int
    number: int
    content: NoticeContent
    terms: Terms
    batch_id: int | None
    known: Known


_AUTHORITY = "本通知受贷款银行委托，依据贷款银行与本中心的合作协议制发。"
_SEPARATOR = re.compile(r"[\n;；]+")

_NOT_OVERDUE = {
    StandingState.DEFERRED: N_("The repayment is deferred: no notice is issued while the deferral runs."),
    StandingState.SETTLED: N_("Everything is paid off: no notice is issued."),
    StandingState.STUDYING: N_("The borrower is still studying and nothing is due: no notice is issued."),
    StandingState.NOT_DUE: N_("Nothing has fallen due yet: no notice is issued."),
    StandingState.CURRENT: N_("Nothing is overdue any more: no notice is issued."),
}

_PAUSED = {
    PauseCause.CLAIMS_PAID: N_("The person says it is paid: no notice before the aid centre has answered."),
    PauseCause.DISPUTE: N_("The debt is disputed: no notice before the dispute is settled."),
    PauseCause.HARDSHIP_REVIEW: N_("Help is being examined: no notice before that is decided."),
    PauseCause.OTHER: N_("The count of days is paused: no notice before the pause ends."),
}


def obstacle(dossier: Dossier, today: date, fresh_days: int) -> Refused | None:
    """Return why no notice may be issued to a borrower today, with what would mend it; ``None`` when it may.

    Args:
        dossier: the borrower as known today.
        today: day of issue.
        fresh_days: how old the bank's data may be, in days.

    """
    refusal = not_owing(dossier.state, None if dossier.has_open_notice else dossier.paused)
    if refusal is not None:
        return refusal
    if dossier.has_open_notice:
        return Refused("A notice is open already: serve it, or call it back, before the next is issued.")
    if (stale := _out_of_date(dossier, today, fresh_days)) is not None:
        return stale
    return None if dossier.total else Refused(_NOT_OVERDUE[StandingState.CURRENT])


def not_owing(state: StandingState, paused: PauseCause | None) -> Refused | None:
    """Return why nothing is demanded of somebody who stands so, or whose days stand still; ``None`` when it may be."""
    if state is not StandingState.OVERDUE:
        return Refused(_NOT_OVERDUE[state])
    return None if paused is None else Refused(_PAUSED[paused])


def too_old(data_on: date | None, today: date, fresh_days: int) -> StaleData | None:
    """Return why figures of a list of that day may not be printed; ``None`` when they may."""
    if data_on is None:
        return StaleData("There is no list of the bank yet: ask the aid centre to import the newest list.")
    if (today - data_on).days > fresh_days:
        return StaleData("No notice on data of %(day)s: ask the aid centre to import the newest list.", day=data_on)
    return None


def channels_of(official: str) -> tuple[str, ...]:
    """Return a lender's official ways to pay, one by one, from what its terms say."""
    return tuple(part.strip() for part in _SEPARATOR.split(official) if part.strip())


def _out_of_date(dossier: Dossier, today: date, fresh_days: int) -> StaleData | None:
    """Return why the bank's figures may not be printed today."""
    if (stale := too_old(dossier.data_on, today, fresh_days)) is not None:
        return stale
    if dossier.unlisted:
        return StaleData(
            "The bank's list of %(day)s does not show this debt yet: ask the aid centre to import the newest list.",
            day=dossier.data_on,
        )
    posted_from = max(
        (one.posted_from for one in dossier.contracts if one.posted_from and one.data_on < one.posted_from),
        default=None,
    )
    if posted_from is not None:
        return StaleData(
            "A payment made in time may not be in the bank's list of %(day)s yet: "
            "wait for a list of %(posted)s or later.",
            day=dossier.data_on,
            posted=posted_from,
        )
    if any(contract.paid_since for contract in dossier.contracts):
        return StaleData(
            "Money came in after the bank's list of %(day)s, so its amount is out of date: "
            "ask the aid centre to import the newest list.",
            day=dossier.data_on,
        )
    return None


def content(
    dossier: Dossier, office: Office, *, number: int, check_code: str, check_url: str, today: date, pay_by: date
) -> NoticeContent:
    """Freeze what the notice says. The amounts are the bank's, on its data date.

    Raises:
        Refused: the centre's mark for serials is not set.

    """
    lines = tuple(
        ContractLine(
            contract_no=one.contract_no,
            signed_on=one.signed_on,
            amount=one.principal,
            balance=one.balance,
            overdue_principal=one.overdue_principal,
            overdue_interest=one.overdue_interest,
            penalty=one.penalty,
            overdue_total=one.total,
            due_on=one.overdue_since,
        )
        for one in dossier.contracts
    )
    channels = dict.fromkeys(part for one in dossier.contracts for part in channels_of(one.channels))
    said = office.wordings.on(PaperKind.NOTICE, today)
    return NoticeContent(
        serial=verification.serial(office.mark, today.year, number),
        check_code=check_code,
        check_url=check_url,
        level=level_after(dossier.served),
        issued_on=today,
        lender_name="、".join(dict.fromkeys(one.lender for one in dossier.contracts)),
        issuing_unit=office.centre,
        authority=_AUTHORITY,
        school_name=dossier.school or office.centre,
        borrower_name=dossier.name,
        masked_id=dossier.masked_id,
        co_borrowers=tuple(CoBorrowerLine(name=name, relation=kin) for name, kin in dossier.co_borrowers),
        village=dossier.place,
        address_lines=(dossier.address,) if dossier.address else (),
        contracts=lines,
        total=dossier.total,
        data_on=min(one.data_on for one in dossier.contracts),
        pay_by=pay_by,
        channels=tuple(channels) or said.lines(PassageName.CHANNEL_LIST),
        next_steps=said.lines(PassageName.NEXT_STEPS),
        relief_options=said.lines(PassageName.RELIEF_OPTIONS),
        landline=office.landline,
        wording_version=said.name,
        is_demo=office.is_demo,
        wording=said.passages(PaperKind.NOTICE),
    )
