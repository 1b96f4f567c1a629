"""What papers that are no notices say today, and for whom: checked and worded for a whole piece of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models.rules import verification
from models.rules.papers import MARKS, ON_PERSON, PaperKind
from models.rules.refusals import NotVisible, Refused
from models.rules.standing import stand
from notices import kinds
from notices.frozen import Paper
from portal.actors import Act
from portal.queries import paper_facts
from portal.queries.loan_facts import facts_of
from portal.queries.notice_facts import dossiers, office
from portal.queries.scope import borrowers_to_change
from portal.services import co_borrower_drafts, letters, paper_drafts
from portal.services.notice_drafts import Terms
from portal.services.serial_numbers import Claim


@dataclass(frozen=True, slots=True)
class Target:
    """Whose paper it is; about nobody in particular when nothing is given.

    Attributes:
        borrower_id: whose loans it is about.
        notice_id: the borrower's notice, of a co-borrower's paper.
        place: which of the co-borrowers the notice names, from 0.
        school_id: whose summary it is.

    """

    borrower_id: int | None = None
    notice_id: int | None = None
    place: int = 0
    school_id: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a paper says beyond what every paper of its kind does, and the natural name it is held for."""

    facts: dict[str, Any]
    held_for: str


class Words:
    """What papers of a kind say, by the terms of issue, the office and the wording of this moment."""

    def __init__(self, session: Session, act: Act, kind: PaperKind, terms: Terms) -> None:
        self._session = session
        self._act = act
        self.kind = kind
        self.terms = terms
        self._office = office(session)

    def of(
        self, targets: Sequence[Target], before: Mapping[Target, Said] | None = None
    ) -> tuple[dict[Target, Said], dict[Target, Refused | NotVisible]]:
        """Lock the borrowers, and tell the papers that may be issued today from the others.

        Args:
            targets: whose papers.
            before: what they said earlier; papers about nobody say the same again.

        """
        if self.kind is PaperKind.CO_BORROWER:
            return self._to_co_borrowers(targets)
        if self.kind in ON_PERSON:
            return self._to_borrowers(targets)
        return dict(before or {}), {}

    def content(self, said: Said, claim: Claim) -> Paper:
        """Freeze what one paper says.

        Raises:
            Refused: the centre's mark for serials is not set.

        """
        shape, centre, version = (
            kinds.CONTENT[self.kind],
            self._office,
            self._office.wordings.on(self.kind, self._act.today),
        )
        fields: dict[str, Any] = {
            "serial": verification.serial(letters.mark(centre, MARKS[self.kind]), claim.year, claim.number),
            "issued_on": self._act.today,
            "issuing_unit": centre.centre,
            "landline": centre.landline,
            "is_demo": centre.is_demo,
            "wording": version.passages(self.kind),
            "wording_version": version.name,
        }
        if self.kind is PaperKind.CO_BORROWER or self.kind in ON_PERSON:
            fields |= {
                "check_code": claim.check_code,
                "check_url": f"{self.terms.public_url}/check/{claim.check_code}",
            }
        return shape(**fields | kinds.lists(self.kind, version) | said.facts)

    def _to_borrowers(self, targets: Sequence[Target]) -> tuple[dict[Target, Said], dict[Target, Refused | NotVisible]]:
        session, today = self._session, self._act.today
        visible = borrowers_to_change(session, self._act.person, today, [one.borrower_id or 0 for one in targets])
        told = facts_of(session, visible, today)
        standings = {key: stand(facts, today) for key, facts in told.items()}
        known = dossiers(session, visible, today, standings)
        coming = paper_facts.coming(session, told, standings, today)
        reminded = paper_facts.reminded(session, visible, today) if self.kind is PaperKind.REMINDER else {}
        found: dict[Target, Said] = {}
        refused: dict[Target, Refused | NotVisible] = {}
        for target in targets:
            borrower_id = target.borrower_id or 0
            if borrower_id not in visible:
                refused[target] = NotVisible()
                continue
            dossier = known[borrower_id]
            subject = paper_drafts.Subject(
                dossier,
                standings[borrower_id],
                self._office,
                today,
                self.terms.fresh_days,
                coming[borrower_id],
                reminded.get(borrower_id, {}),
            )
            try:
                facts = paper_drafts.facts(session, self.kind, subject)
            except Refused as refusal:
                refused[target] = refusal
                continue
            person = {
                "borrower_name": dossier.name,
                "masked_id": dossier.masked_id,
                "school_name": dossier.school or self._office.centre,
            }
            found[target] = Said(facts | person, f"borrower/{borrower_id}{paper_drafts.occasion(self.kind, facts)}")
        return found, refused

    def _to_co_borrowers(
        self, targets: Sequence[Target]
    ) -> tuple[dict[Target, Said], dict[Target, Refused | NotVisible]]:
        session, today = self._session, self._act.today
        notice_ids = {one.notice_id for one in targets if one.notice_id is not None}
        visible = borrowers_to_change(session, self._act.person, today, [one.borrower_id or 0 for one in targets])
        demands = paper_facts.demands(session, notice_ids)  # after the lock: they may have been called back meanwhile
        given = paper_facts.to_co_borrowers(session, notice_ids)
        known = dossiers(session, visible, today)
        found: dict[Target, Said] = {}
        refused: dict[Target, Refused | NotVisible] = {}
        for target in targets:
            demand = demands.get(target.notice_id or 0)
            if demand is None or demand.borrower_id not in visible or demand.borrower_id != target.borrower_id:
                refused[target] = NotVisible()
                continue
            named = demand.said.co_borrowers
            before = given.get((demand.notice_id, named[target.place].name)) if target.place < len(named) else None
            try:
                facts = co_borrower_drafts.facts(
                    demand,
                    target.place,
                    before=before,
                    dossier=known[demand.borrower_id],
                    today=today,
                    fresh_days=self.terms.fresh_days,
                )
            except (Refused, NotVisible) as refusal:
                refused[target] = refusal
                continue
            found[target] = Said(facts, f"notice/{demand.notice_id}/{target.place}")
        return found, refused
