"""Whom a notice may be issued to now, and what it says: asked before a paper is made and again before it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from models.rules.notices import PAY_BY_WORKING_DAYS
from models.rules.refusals import NotVisible, Refused
from models.rules.standing import stand
from notices.content import NoticeContent
from portal.actors import Act
from portal.queries.loan_facts import facts_of
from portal.queries.notice_facts import Dossier, dossiers, office, working_days
from portal.queries.scope import borrowers_to_change
from portal.services import standings
from portal.services.notice_drafts import Known, Terms, content, obstacle
from portal.services.serial_numbers import Claim

Refusals = dict[int, Refused | NotVisible]
"""Why not, by borrower."""


class Words:
    """What notices say, by the office and the calendar of this moment."""

    def __init__(self, session: Session, act: Act) -> None:
        self._office = office(session)
        self._today = act.today
        self._pay_by = working_days(session).add(act.today, PAY_BY_WORKING_DAYS)

    def of(self, found: Dossier, terms: Terms, claim: Claim) -> NoticeContent:
        """Freeze what the notice with a claimed number says.

        Raises:
            Refused: the centre's mark for serials is not set.

        """
        return content(
            found,
            self._office,
            number=claim.number,
            check_code=claim.check_code,
            check_url=f"{terms.public_url}/check/{claim.check_code}",
            today=self._today,
            pay_by=self._pay_by,
        )


def who_may(
    session: Session,
    act: Act,
    borrower_ids: Sequence[int],
    terms: Terms,
    before: Mapping[int, Known] | None = None,
) -> tuple[dict[int, Known], dict[int, Dossier], Refusals]:
    """Lock borrowers, judge them, and tell those to whom a notice may be issued from the others.

    Args:
        session: a writing session.
        act: who issues.
        borrower_ids: whom to look at.
        terms: see ``Terms``.
        before: what was known of them earlier on the same day; equal facts are not judged again.

    """
    visible = borrowers_to_change(session, act.person, act.today, borrower_ids)
    refused: Refusals = {borrower_id: NotVisible() for borrower_id in borrower_ids if borrower_id not in visible}
    kept = standings.locked(session, visible)
    known = {}
    for borrower_id, facts in facts_of(session, visible, act.today).items():
        earlier = before.get(borrower_id) if before else None
        same = earlier is not None and earlier.facts == facts and earlier.standing.as_of == act.today
        known[borrower_id] = earlier if earlier is not None and same else Known(facts, stand(facts, act.today))
    judged = {borrower_id: one.standing for borrower_id, one in known.items()}
    standings.catch_up(session, act=act, kept=kept, judged=judged)
    found = {}
    for borrower_id, dossier in dossiers(session, visible, act.today, judged).items():
        refusal = obstacle(dossier, act.today, terms.fresh_days)
        if refusal is None:
            found[borrower_id] = dossier
        else:
            refused[borrower_id] = refusal
    return known, found, refused
