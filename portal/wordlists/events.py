"""Words for what happened, by the tag of its event, and for the facts a timeline shows beside it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.rules import money
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.casework import TaskKind
from models.rules.contact_policy import BreachCode
from models.rules.contacts import Cause, ContactMethod, NextStep, Outcome, Reached
from models.rules.escalations import Help
from models.rules.facts import ContractChangeKind, PauseCause, ReliefKind, ReliefScope
from models.rules.limitation import InterruptionKind
from models.rules.notices import FailureReason, NoticeLevel
from models.rules.organisation import Body
from models.rules.papers import PaperKind
from models.rules.service_of_notice import ServiceMethod, Strength
from portal.words import word

EVENT_WORDS: dict[str, Any] = {
    "account:added": _l("Account made"),
    "account:password_changed": _l("Password changed"),
    "account:password_reset": _l("First password given again"),
    "account:reopened": _l("Account reopened"),
    "account:sessions_ended": _l("Other sessions ended"),
    "account:sign_in_failed": _l("Sign-in failed"),
    "account:signed_in": _l("Signed in"),
    "account:stopped": _l("Account stopped"),
    "account:throttled": _l("Sign-in slowed down after wrong tries"),
    "area:assigned": _l("Village given to a school and member"),
    "backup:made": _l("Backup made"),
    "backup:restored": _l("Backup brought back"),
    "borrower:exported": _l("List of borrowers exported"),
    "borrower:revealed": _l("Full number looked at"),
    "borrower:verified": _l("Details verified"),
    "case:closed": _l("Case closed"),
    "case:opened": _l("Case opened: in arrears"),
    "claim:found": _l("“Paid already” answered: found"),
    "claim:not_found": _l("“Paid already” answered: not found in the bank's list"),
    "claim:open": _l("“Paid already” waits for the bank's list"),
    "contact:logged": _l("Contact"),
    "contact_point:added": _l("Number or address added"),
    "contact_point:ended": _l("Number or address no longer used"),
    "contract:accelerated": _l("Contract called due as a whole"),
    "contract:change_voided": _l("Change of the contract taken back"),
    "contract:study_extended": _l("Study goes on: subsidy and plan moved"),
    "contract:written_off": _l("Contract written off in the lender's books"),
    "escalation:accepted": _l("Request for help accepted"),
    "escalation:closed": _l("Request for help closed"),
    "escalation:printed": _l("Letter of the request for help printed"),
    "escalation:reported": _l("Help reported"),
    "escalation:resent": _l("Request for help sent again"),
    "escalation:returned": _l("Request for help returned"),
    "escalation:sent": _l("Help asked for"),
    "escalation:viewed": _l("Request for help looked at"),
    "escalation:withdrawn": _l("Request for help withdrawn"),
    "events:exported": _l("Events exported"),
    "evidence:asked": _l("Evidence file asked for"),
    "evidence:downloaded": _l("Evidence file fetched"),
    "evidence:made": _l("Evidence file put together"),
    "handover:accepted": _l("Village with its open matters accepted"),
    "handover:ended": _l("Handover ended: the village went on to somebody else"),
    "handover:opened": _l("Village with its open matters given over"),
    "handover:printed": _l("Handover sheet printed"),
    "import:applied": _l("List from the bank applied"),
    "import:destroyed": _l("Copies of a list destroyed"),
    "import:destruction_asked": _l("Destruction of the copies of a list asked for"),
    "import:destruction_withdrawn": _l("Destruction of the copies of a list not carried out"),
    "import:discarded": _l("List from the bank put aside"),
    "import:gone_agreed": _l("Confirmed how many contracts of the list before are gone"),
    "import:layout_confirmed": _l("Columns of a list confirmed"),
    "import:received": _l("List from the bank received"),
    "import_layout:forgotten": _l("Remembered columns forgotten"),
    "import_layout:remembered": _l("Columns of a layout remembered"),
    "import:undone": _l("List from the bank taken back"),
    "import:wrong_rows_given": _l("Wrong rows of a list downloaded"),
    "interest_rate:added": _l("Published rate added"),
    "interest_rate:confirmed": _l("Published rate confirmed"),
    "interest_rate:corrected": _l("Published rate corrected"),
    "job:asked": _l("Job asked for"),
    "job:cancel_asked": _l("Job asked to stop"),
    "job:cancelled": _l("Job stopped"),
    "job:done": _l("Job done"),
    "job:failed": _l("Job failed"),
    "job:queued": _l("Job waits"),
    "job:running": _l("Job started"),
    "limitation:exported": _l("List of the limitation watch exported"),
    "limitation:interrupted": _l("Interruption of the limitation written down"),
    "limitation:voided": _l("Interruption of the limitation taken back"),
    "lender:added": _l("Lender added"),
    "lender:changed": _l("Lender's terms changed"),
    "monthly-statement:closed": _l("Monthly statement countersigned and closed"),
    "monthly-statement:printed": _l("Monthly statement printed"),
    "monthly-statement:returned": _l("Monthly statement returned"),
    "monthly-statement:signed": _l("Monthly statement signed"),
    "notice:called_back": _l("Notice called back: do not serve"),
    "notice:issued": _l("Notice issued"),
    "notice:not_served": _l("Notice could not be served"),
    "notice:number_void": _l("Notice number void"),
    "notice:printed": _l("Notice printed"),
    "notice:proof_added": _l("Proof of service added"),
    "notice:route_sheet": _l("Route sheet printed"),
    "notice:served": _l("Notice served"),
    "notice-batch:created": _l("Batch of notices asked for"),
    "notice-batch:finished": _l("Batch of notices finished"),
    "notice-batch:resumed": _l("Batch of notices: the rest asked for"),
    "notice-batch:printed": _l("Batch of notices printed"),
    "paper:issued": _l("Paper made"),
    "paper:not_served": _l("Co-borrower's notice could not be served"),
    "paper:number_void": _l("Number of a paper void"),
    "paper:printed": _l("Paper printed again"),
    "paper:proof_added": _l("Proof of service on a co-borrower added"),
    "paper:served": _l("Co-borrower's notice served"),
    "paper-batch:created": _l("Papers asked for together"),
    "paper-batch:finished": _l("Papers made together: finished"),
    "paper-batch:resumed": _l("Papers made together: the rest asked for"),
    "paper-batch:printed": _l("Papers made together: printed"),
    "promise:broken": _l("Promise not kept"),
    "promise:kept": _l("Promise kept"),
    "promise:made": _l("Promise to pay"),
    "promise:partly_kept": _l("Promise partly kept"),
    "promise:reopened": _l("Promise open again: the list was taken back"),
    "promise:withdrawn": _l("Promise no longer needed"),
    "question:answered": _l("Question answered"),
    "question:asked": _l("Question written down"),
    "publicity:exported": _l("List of publicity exported"),
    "publicity:recorded": _l("Publicity recorded"),
    "publicity:voided": _l("Record of publicity made void"),
    "receipt-scans:read": _l("Scanned receipts read"),
    "receipt-scans:received": _l("Scanned receipts sent in"),
    "receipt-scans:set_aside": _l("Scanned page set aside"),
    "return-round:filed": _l("Returns of a walk filed"),
    "rate:corrected": _l("Corrections of published rates found"),
    "rate:published": _l("Default rates published"),
    "rate:snapshot": _l("Default rates frozen"),
    "rate_spread:added": _l("Spread over a published rate added"),
    "rate_spread:confirmed": _l("Spread over a published rate confirmed"),
    "rate_spread:corrected": _l("Spread over a published rate corrected"),
    "reconciliation:exported": _l("Differences with a list exported"),
    "reconciliation:made": _l("List held against our ledger"),
    "reconciliation:noted": _l("Difference with a list explained or noted"),
    "relief:corrected": _l("Relief corrected"),
    "relief:entered": _l("Relief entered"),
    "relief:voided": _l("Relief taken back"),
    "repayment:reversed": _l("Payment taken back by the bank"),
    "notice:failed": _l("Service tried, not achieved"),
    "roster-match:confirmed": _l("Former pupil on a school's roster confirmed as this borrower"),
    "roster-match:refused": _l("Former pupil on a school's roster is somebody else"),
    "roster-match:suggested": _l("A school's roster may name this borrower"),
    "suspicion:printed": _l("Letter to the person printed"),
    "suspicion:resubmitted": _l("Report mended and proposed again"),
    "suspicion:sent_back": _l("Report sent back by the aid centre"),
    "suspicion:dismissed": _l("Suspicion dismissed"),
    "suspicion:lapsed": _l("Suspicion lapsed"),
    "suspicion:proposed": _l("Suspected malicious default proposed"),
    "suspicion:renewed": _l("Suspicion renewed"),
    "suspicion:replied": _l("Reply of the person written down"),
    "suspicion:reply_recorded": _l("Reply of the person written down"),
    "suspicion:returned": _l("Suspicion returned to the proposer"),
    "suspicion:signed": _l("Suspicion signed and sent to the aid centre"),
    "suspicion:upheld": _l("Suspicion upheld by the aid centre"),
    "suspicion:withdrawn": _l("Suspicion withdrawn"),
    "task:asked": _l("To do"),
    "task:done": _l("Done"),
    "task:dropped": _l("No longer to do"),
    "user:renamed": _l("Name of an account corrected"),
    "wording:approved": _l("Wording of a paper approved"),
    "wording:begun": _l("New version of a wording begun"),
    "wording:discarded": _l("Version of a wording discarded"),
    "wording:draft": _l("Wording of a paper returned to its author"),
    "wording:edited": _l("Wording of a paper edited"),
    "wording:proposed": _l("Wording of a paper put up for approval"),
}

# What a timeline shows of an event's facts: the key, its label, and the codes its value may be one of.
FACTS: dict[str, tuple[Any, tuple[type[StrEnum], ...]]] = {
    "method": (_l("How"), (ContactMethod, ServiceMethod)),
    "reached": (_l("Reached"), (Reached,)),
    "outcome": (_l("Outcome"), (Outcome,)),
    "cause": (_l("Cause"), (Cause, PauseCause)),
    "pause_cause": (_l("Why the days are not counted"), (PauseCause,)),
    "next_step": (_l("Next step"), (NextStep,)),
    "next_step_on": (_l("By"), ()),
    "breaches": (_l("Limits passed"), (BreachCode,)),
    "kind": (_l("Kind"), (ContactKind, ReliefKind, ContractChangeKind)),
    "scope": (_l("Covers"), (ReliefScope,)),
    "from_on": (_l("From day"), ()),
    "to_on": (_l("Runs again on"), ()),
    "effective_on": (_l("Takes effect on"), ()),
    "subsidy_ends_on": (_l("Subsidy until"), ()),
    "matures_on": (_l("Last due day"), ()),
    "paid_on": (_l("Paid on"), ()),
    "reversed_on": (_l("Taken back on"), ()),
    "what": (_l("What"), (ContactKind,)),
    "owner": (_l("Whose"), (ContactOwner,)),
    "source": (_l("From"), (ContactSource,)),
    "task": (_l("Task"), (TaskKind,)),
    "due_on": (_l("By"), ()),
    "amount": (_l("Amount"), ()),
    "received": (_l("Received"), ()),
    "promised_for": (_l("By"), ()),
    "interruption": (_l("What happened"), (InterruptionKind,)),
    "interrupted_on": (_l("On"), ()),
    "paper": (_l("Paper"), (PaperKind,)),
    "serial": (_l("Number"), ()),
    "level": (_l("Level"), (NoticeLevel,)),
    "pay_by": (_l("Pay by"), ()),
    "strength": (_l("Proof"), (Strength,)),
    "strength_before": (_l("Proof before"), (Strength,)),
    "failure": (_l("Why not"), (FailureReason,)),
    "body": (_l("Asked of"), (Body,)),
    "help": (_l("Help asked"), (Help,)),
    "help_asked": (_l("Help asked"), (Help,)),
    "reason": (_l("Reason"), ()),
    "area": (_l("Village"), ()),
    "school": (_l("School"), ()),
    "member": (_l("Member"), ()),
}
_AMOUNTS = {"amount", "received"}


def event_words(tag: str) -> str:
    """Return what an event was, in words; the tag itself when it has none yet."""
    return str(EVENT_WORDS.get(tag, tag))


def fact_words(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (label, value) of the facts a reader needs, in the order of the table; others are left out."""
    return [
        (str(label), "、".join(_value(key, one, kinds) for one in _several(facts[key])))
        for key, (label, kinds) in FACTS.items()
        if facts.get(key) not in (None, "", [])
    ]


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _value(key: str, value: object, kinds: tuple[type[StrEnum], ...]) -> str:
    text = str(value)
    for kind in kinds:
        if text in {member.value for member in kind}:
            return word(kind(text))
    if key in _AMOUNTS:
        try:
            return f"¥{money.shown(Decimal(text))}"
        except InvalidOperation:
            return text
    if key == "what" and text == "id_number":
        return str(_("identity number"))
    return str(_(text)) if key == "reason" else text
