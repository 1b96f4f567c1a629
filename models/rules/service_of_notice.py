"""Words of service of notice: by what method, who signed, what proofs a method asks for and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ServiceMethod(StrEnum):
    """The way a notice is brought to the borrower."""

    DIRECT = "direct"
    CO_RESIDENT_ADULT = "co_resident_adult"
    LEFT_WITH_WITNESS = "left_with_witness"
    ENTRUSTED = "entrusted"  # handed over by another body on request, such as the village committee
    POST = "post"
    ELECTRONIC = "electronic"
    ANNOUNCEMENT = "announcement"


class SignerRelation(StrEnum):
    """Who signed, seen from the borrower."""

    SELF = "self"
    CO_BORROWER = "co_borrower"
    ADULT_RELATIVE = "adult_relative"
    AUTHORISED = "authorised"
    OTHER = "other"


class Strength(StrEnum):
    """What the proofs are worth together."""

    COMPLETE = "complete"
    WEAK = "weak"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Proofs:
    """What is at hand for one attempt to serve. Which of it a method needs: ``ASKED``.

    Args:
        signer_relation: who took the paper, or who refused to sign for it; none when nobody was met.
        signer_name: the name as signed.
        signed: there is a signature or thumbprint on the receipt.
        lives_together: the relative is adult and lives with the borrower.
        authorisation_seen: the authorised person showed the authority.
        witnesses: their names.
        deliverers: how many people brought it.
        photo_sha256: hash of the photo of the handing over, the signed receipt, or the paper at the door.
        refusal_reason: why it was not signed, in words.
        post_number: number of the registered letter.
        arrival_confirmed: the post's, the operator's or the borrower's own confirmation that it arrived.
        returned: the letter or message came back.
        address_confirmed: the borrower gave or confirmed this address or number.
        whereabouts_unknown: searched for and not found.
        publication: name of the medium.
        provincial_or_national: the medium is one of these.

    """

    signer_relation: SignerRelation | None = None
    signer_name: str = ""
    signed: bool = False
    lives_together: bool = False
    authorisation_seen: bool = False
    witnesses: tuple[str, ...] = ()
    deliverers: int = 0
    photo_sha256: str = ""
    refusal_reason: str = ""
    post_number: str = ""
    arrival_confirmed: bool = False
    returned: bool = False
    address_confirmed: bool = False
    whereabouts_unknown: bool = False
    publication: str = ""
    provincial_or_national: bool = False


_SIGNED = ("signer_relation", "signer_name", "signed", "deliverers", "photo_sha256")

ASKED: dict[ServiceMethod, tuple[str, ...]] = {
    ServiceMethod.DIRECT: (*_SIGNED, "authorisation_seen", "arrival_confirmed"),
    ServiceMethod.CO_RESIDENT_ADULT: (*_SIGNED, "lives_together", "arrival_confirmed"),
    ServiceMethod.LEFT_WITH_WITNESS: ("signer_relation", "refusal_reason", "witnesses", "deliverers", "photo_sha256"),
    ServiceMethod.ENTRUSTED: (*_SIGNED, "lives_together", "authorisation_seen", "arrival_confirmed"),
    ServiceMethod.POST: ("post_number", "address_confirmed", "arrival_confirmed", "returned"),
    ServiceMethod.ELECTRONIC: ("address_confirmed", "arrival_confirmed", "returned"),
    ServiceMethod.ANNOUNCEMENT: ("whereabouts_unknown", "publication", "provincial_or_national"),
}
"""Which proofs a method asks for, in the order a form shows them."""


SIGNERS: dict[ServiceMethod, frozenset[SignerRelation]] = {
    ServiceMethod.DIRECT: frozenset({SignerRelation.SELF, SignerRelation.CO_BORROWER, SignerRelation.AUTHORISED}),
    ServiceMethod.CO_RESIDENT_ADULT: frozenset({SignerRelation.ADULT_RELATIVE}),
    ServiceMethod.ENTRUSTED: frozenset(SignerRelation) - {SignerRelation.OTHER},
}
"""Whose signature fits a method that ends in a signature."""
