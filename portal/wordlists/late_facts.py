"""Words for facts learnt late."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.queries.late_facts import Cause


def cause_words(cause: Cause) -> str:
    """Return what was learnt late, for a person."""
    if cause.noun == "import":
        return str(_("import %(number)s", number=cause.number))
    if cause.noun == "relief":
        return str(_("relief %(number)s", number=cause.number))
    if cause.noun == "repayment":
        return str(_("taking back of payment %(number)s", number=cause.number))
    if cause.noun == "contract-change":
        return str(_("change of a contract %(number)s", number=cause.number))
    if cause.noun == "nightly":
        return str(_("nightly work of %(day)s", day=cause.number))
    return str(_("fact %(name)s", name=f"{cause.noun}/{cause.number}"))
