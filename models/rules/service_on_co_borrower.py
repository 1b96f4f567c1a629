"""Service on a co-borrower: proofs weigh as on the borrower; what is wrong and what mends it names another person."""

from __future__ import annotations

from models.rules import proof_of_service
from models.rules.proof_of_service import Verdict
from models.rules.sentences import N_
from models.rules.service_of_notice import Proofs, ServiceMethod, SignerRelation

SIGNERS = tuple(one for one in SignerRelation if one is not SignerRelation.SELF)
"""Who may have signed; the borrower takes the paper as a relative of the co-borrower, or not at all."""

_INSTEAD = {
    "Nobody took the notice whose receipt counts for the borrower.": N_(
        "Nobody took the notice whose receipt counts for the co-borrower."
    ),
    "Serve it again to the borrower, the co-borrower, an adult relative "
    "living with the borrower, or an authorised person.": N_(
        "Serve it again to the co-borrower, an adult relative living with the co-borrower, or an authorised person."
    ),
    "It is not confirmed that the relative is adult and lives with the borrower.": N_(
        "It is not confirmed that the relative is adult and lives with the co-borrower."
    ),
    "Confirm it with the village and record it, or serve the notice to the borrower.": N_(
        "Confirm it with the village and record it, or serve the notice to the co-borrower."
    ),
    "Ask for the authority and record it, or serve the notice to the borrower.": N_(
        "Ask for the authority and record it, or serve the notice to the co-borrower."
    ),
    "Nothing shows that the number or account is the borrower's, nor that the message arrived.": N_(
        "Nothing shows that the number or account is the co-borrower's, nor that the message arrived."
    ),
    "Get a reply from the borrower, or serve it another way.": N_(
        "Get a reply from the co-borrower, or serve it another way."
    ),
    "The address was not given or confirmed by the borrower.": N_(
        "The address was not given or confirmed by the co-borrower."
    ),
    "Have the borrower confirm the address at the next contact.": N_(
        "Have the co-borrower confirm the address at the next contact."
    ),
}


def judge(method: ServiceMethod, proofs: Proofs) -> Verdict:
    """Weigh the proofs of one attempt to serve a co-borrower's notice."""
    found = proof_of_service.judge(method, proofs)
    return Verdict(found.strength, _told(found.reasons), _told(found.mends))


def _told(sentences: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_INSTEAD.get(one, one) for one in sentences)
