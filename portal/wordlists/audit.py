"""Words of the audit log beyond those of a timeline: what an event is about, and facts only an auditor reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.rules.backups import Fault
from models.rules.imports import ImportKind
from models.rules.permissions import Role
from models.rules.suspicions import Ground

NOUNS: dict[str, Any] = {
    "arrears-list": _l("arrears list"),
    "backup": _l("backup"),
    "batch": _l("batch of notices"),
    "borrower": _l("borrower"),
    "borrowers": _l("list of borrowers"),
    "case": _l("case"),
    "claim": _l("claim of having paid"),
    "contact": _l("contact"),
    "contact_point": _l("number or address"),
    "contract-change": _l("change of a contract"),
    "copy": _l("copy"),
    "difference": _l("difference"),
    "escalation": _l("request for help"),
    "event": _l("event"),
    "events": _l("event log"),
    "evidence-file": _l("evidence file"),
    "import": _l("import"),
    "import_layout": _l("remembered columns"),
    "interruption": _l("interruption of the limitation"),
    "job": _l("job"),
    "lender": _l("lender"),
    "limitation": _l("limitation watch"),
    "loan": _l("contract"),
    "monthly-statement": _l("monthly statement"),
    "nightly": _l("nightly work"),
    "notice": _l("notice"),
    "notice-batch": _l("batch of notices"),
    "notice-number": _l("notice number"),
    "notices": _l("notices"),
    "paper": _l("paper"),
    "paper-batch": _l("papers made together"),
    "paper-number": _l("number of a paper"),
    "paper-receipt": _l("receipt"),
    "paper-service": _l("service of a paper"),
    "plan": _l("repayment plan"),
    "promise": _l("promise"),
    "question": _l("question"),
    "rates": _l("default rates"),
    "receipt-scans": _l("scanned receipts"),
    "reconciliation": _l("reconciliation"),
    "relief": _l("relief"),
    "repayment": _l("payment"),
    "return-round": _l("returns of a walk"),
    "roster-match": _l("suggestion from a school's roster"),
    "school": _l("school"),
    "sign-in": _l("sign-in"),
    "suspicion": _l("suspicion"),
    "task": _l("task"),
    "user": _l("account"),
    "village": _l("village"),
    "wording": _l("wording"),
}

# The key of a fact, its label, and the codes its value may be one of.
FACTS: dict[str, tuple[Any, tuple[type[StrEnum], ...]]] = {
    "added": (_l("proofs added"), ()),
    "areas": (_l("areas"), ()),
    "attempt": (_l("attempt"), ()),
    "basis": (_l("published rate"), ()),
    "borrowers": (_l("borrowers touched"), ()),
    "causes": (_l("causes"), ()),
    "changed": (_l("changed rows"), ()),
    "changes": (_l("changes"), ()),
    "contact_id": (_l("contact"), ()),
    "contracts": (_l("contracts"), ()),
    "data_on": (_l("data date"), ()),
    "definition": (_l("definition"), ()),
    "done": (_l("done"), ()),
    "dropped": (_l("left out"), ()),
    "ends_from": (_l("from the interest year ending"), ()),
    "failed": (_l("failed"), ()),
    "faults": (_l("faults"), (Fault,)),
    "filters": (_l("filters"), ()),
    "grounds": (_l("grounds"), (Ground,)),
    "head": (_l("newest event"), ()),
    "is_explained": (_l("explained"), ()),
    "is_proven": (_l("proven"), ()),
    "key": (_l("name of the job"), ()),
    "kind": (_l("kind"), (ImportKind,)),
    "made_at": (_l("made at"), ()),
    "made_on": (_l("made on"), ()),
    "month": (_l("month"), ()),
    "name": (_l("name"), ()),
    "new": (_l("new rows"), ()),
    "not_served": (_l("not served"), ()),
    "old_plan": (_l("plan before"), ()),
    "old_terms": (_l("terms before"), ()),
    "out_of_touch": (_l("out of touch"), ()),
    "page": (_l("page"), ()),
    "pages": (_l("pages"), ()),
    "papers": (_l("papers"), ()),
    "part": (_l("print file"), ()),
    "ready": (_l("ready"), ()),
    "receipts": (_l("receipts"), ()),
    "refused": (_l("refused to take it"), ()),
    "rejected": (_l("wrong rows"), ()),
    "replied_on": (_l("replied on"), ()),
    "reply_by": (_l("reply by"), ()),
    "reprint": (_l("printed again"), ()),
    "reprints": (_l("printed again"), ()),
    "role": (_l("role"), (Role,)),
    "rows": (_l("rows"), ()),
    "served": (_l("served"), ()),
    "served_at": (_l("served at"), ()),
    "sessions": (_l("sessions ended"), ()),
    "sha256": (_l("SHA-256"), ()),
    "signed_from": (_l("contracts signed from"), ()),
    "size": (_l("bytes"), ()),
    "unchanged": (_l("unchanged rows"), ()),
    "vanished": (_l("no longer on the list"), ()),
    "version": (_l("version"), ()),
    "waiting": (_l("waiting"), ()),
}


def truth(*, value: bool) -> str:
    """Return yes or no."""
    return str(_("yes")) if value else str(_("no"))
