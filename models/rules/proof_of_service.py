"""How well it is proved that a notice reached the borrower's side.

A demand interrupts the limitation period (Civil Code 195). The Supreme People's Court's provisions on
limitation say when a document counts: it is signed or sealed by the person, by a cohabiting relative with
full capacity, or by an authorised person; or it is unsigned and its arrival is provable otherwise; a letter
or electronic message counts when it arrives or should have; where the whereabouts are unknown, an
announcement in national or provincial media. A demand to one of several joint debtors works towards the
others. Leaving a document with witnesses and a photo follows the Civil Procedure Law. Two deliverers, two
witnesses: the district's own practice.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.rules.sentences import N_
from models.rules.service_of_notice import SIGNERS, Proofs, ServiceMethod, SignerRelation, Strength

DELIVERERS = 2
WITNESSES = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Strength, why it is no better, and what would mend it; both lists are empty when it is complete."""

    strength: Strength
    reasons: tuple[str, ...]
    mends: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Flaw:
    strength: Strength
    reason: str
    mend: str


def judge(method: ServiceMethod, proofs: Proofs) -> Verdict:
    """Weigh the proofs of one attempt. One void flaw makes it void; otherwise any flaw makes it weak."""
    if method in SIGNERS:
        flaws = _signature_flaws(method, proofs)
    elif method is ServiceMethod.LEFT_WITH_WITNESS:
        flaws = _left_flaws(proofs)
    elif method is ServiceMethod.POST:
        flaws = _post_flaws(proofs)
    elif method is ServiceMethod.ELECTRONIC:
        flaws = _electronic_flaws(proofs)
    else:
        flaws = _announcement_flaws(proofs)
    grades = {flaw.strength for flaw in flaws}
    strength = next((grade for grade in (Strength.VOID, Strength.WEAK) if grade in grades), Strength.COMPLETE)
    return Verdict(strength, tuple(flaw.reason for flaw in flaws), tuple(flaw.mend for flaw in flaws))


def counts(strength: Strength) -> bool:
    """Say whether the attempt counts as a service at all. A void one never does."""
    return strength is not Strength.VOID


def is_proven_receipt(method: ServiceMethod, proofs: Proofs) -> bool:
    """Say whether borrower or co-borrower provably had the notice in person: needed before any suspicion."""
    in_person = proofs.signer_relation in {SignerRelation.SELF, SignerRelation.CO_BORROWER}
    signed = method in SIGNERS and in_person and proofs.signed
    confirmed = method in {ServiceMethod.POST, ServiceMethod.ELECTRONIC} and proofs.arrival_confirmed
    own_address = confirmed and proofs.address_confirmed
    refused_to_sign = method is ServiceMethod.LEFT_WITH_WITNESS and in_person
    complete = judge(method, proofs).strength is Strength.COMPLETE
    return complete and (signed or own_address or refused_to_sign)


def _signature_flaws(method: ServiceMethod, proofs: Proofs) -> list[_Flaw]:
    flaws: list[_Flaw] = []
    relation = proofs.signer_relation
    if relation is None or relation is SignerRelation.OTHER:
        flaws.append(
            _Flaw(
                Strength.VOID,
                N_("Nobody took the notice whose receipt counts for the borrower."),
                N_(
                    "Serve it again to the borrower, the co-borrower, an adult relative "
                    "living with the borrower, or an authorised person."
                ),
            )
        )
    elif relation not in SIGNERS[method]:
        flaws.append(
            _Flaw(
                Strength.WEAK,
                N_("The signer does not fit the way of service chosen."),
                N_("Choose the way of service that fits the signer, or correct the relation."),
            )
        )
    else:
        flaws.extend(_standing_flaws(proofs))
    if not proofs.signed:
        otherwise = bool(proofs.photo_sha256) or proofs.arrival_confirmed
        flaws.append(
            _Flaw(
                Strength.WEAK if otherwise else Strength.VOID,
                N_("The receipt is not signed."),
                N_("Get the signature, or leave the notice before witnesses and take a photo."),
            )
        )
    elif not proofs.signer_name.strip():
        flaws.append(
            _Flaw(
                Strength.WEAK,
                N_("The signer's name is missing."),
                N_("Enter the name as it stands on the receipt."),
            )
        )
    if not proofs.photo_sha256:
        flaws.append(
            _Flaw(
                Strength.WEAK,
                N_("There is no photo or scan of the receipt."),
                N_("Attach a photo of the signed receipt."),
            )
        )
    if method is not ServiceMethod.ENTRUSTED:
        flaws.extend(_deliverer_flaws(proofs))
    return flaws


def _standing_flaws(proofs: Proofs) -> list[_Flaw]:
    """Find what is missing to sign in the borrower's stead."""
    if proofs.signer_relation is SignerRelation.ADULT_RELATIVE and not proofs.lives_together:
        return [
            _Flaw(
                Strength.WEAK,
                N_("It is not confirmed that the relative is adult and lives with the borrower."),
                N_("Confirm it with the village and record it, or serve the notice to the borrower."),
            )
        ]
    if proofs.signer_relation is SignerRelation.AUTHORISED and not proofs.authorisation_seen:
        return [
            _Flaw(
                Strength.VOID,
                N_("Nobody saw the authority of the person who signed."),
                N_("Ask for the authority and record it, or serve the notice to the borrower."),
            )
        ]
    return []


def _deliverer_flaws(proofs: Proofs) -> list[_Flaw]:
    if proofs.deliverers >= DELIVERERS:
        return []
    return [
        _Flaw(
            Strength.WEAK,
            N_("Fewer than two people brought the notice."),
            N_("Name the second deliverer; go in pairs."),
        )
    ]


def _left_flaws(proofs: Proofs) -> list[_Flaw]:
    flaws = _deliverer_flaws(proofs)
    witnesses = len({name.strip() for name in proofs.witnesses if name.strip()})
    if not witnesses and not proofs.photo_sha256:
        flaws.append(
            _Flaw(
                Strength.VOID,
                N_("Neither a witness nor a photo shows that the notice was left."),
                N_("Leave it again before two named witnesses and take a photo."),
            )
        )
    elif witnesses < WITNESSES:
        flaws.append(
            _Flaw(
                Strength.WEAK,
                N_("Fewer than two witnesses are named."),
                N_("Name two witnesses, best from the village committee."),
            )
        )
    elif not proofs.photo_sha256:
        flaws.append(
            _Flaw(
                Strength.WEAK,
                N_("There is no photo of the notice where it was left."),
                N_("Attach a photo that shows the notice and the door."),
            )
        )
    if not proofs.refusal_reason.strip():
        flaws.append(
            _Flaw(
                Strength.WEAK,
                N_("It is not recorded why the notice was not signed."),
                N_("Record who refused and the reason given."),
            )
        )
    return flaws


def _post_flaws(proofs: Proofs) -> list[_Flaw]:
    if proofs.returned:
        return [_Flaw(Strength.VOID, N_("The letter came back."), N_("Check the address and serve it another way."))]
    if not proofs.post_number.strip():
        return [
            _Flaw(
                Strength.VOID,
                N_("There is no number of a registered letter."),
                N_("Enter the number on the post's receipt; an ordinary letter proves nothing."),
            )
        ]
    return _arrival_flaws(proofs)


def _electronic_flaws(proofs: Proofs) -> list[_Flaw]:
    if proofs.returned:
        return [
            _Flaw(
                Strength.VOID,
                N_("The message was not delivered."),
                N_("Check the number or account and serve it another way."),
            )
        ]
    if not proofs.address_confirmed and not proofs.arrival_confirmed:
        return [
            _Flaw(
                Strength.VOID,
                N_("Nothing shows that the number or account is the borrower's, nor that the message arrived."),
                N_("Get a reply from the borrower, or serve it another way."),
            )
        ]
    return _arrival_flaws(proofs)


def _arrival_flaws(proofs: Proofs) -> list[_Flaw]:
    flaws: list[_Flaw] = []
    if not proofs.arrival_confirmed:
        flaws.append(
            _Flaw(
                Strength.WEAK,
                N_("It is not confirmed that it arrived."),
                N_("Attach the confirmation of delivery or the reply."),
            )
        )
    if not proofs.address_confirmed:
        flaws.append(
            _Flaw(
                Strength.WEAK,
                N_("The address was not given or confirmed by the borrower."),
                N_("Have the borrower confirm the address at the next contact."),
            )
        )
    return flaws


def _announcement_flaws(proofs: Proofs) -> list[_Flaw]:
    flaws: list[_Flaw] = []
    if not proofs.whereabouts_unknown:
        flaws.append(
            _Flaw(
                Strength.VOID,
                N_("An announcement counts only when the whereabouts are unknown."),
                N_("Serve it another way, or record the search that found nobody."),
            )
        )
    if not (proofs.publication.strip() and proofs.provincial_or_national):
        flaws.append(
            _Flaw(
                Strength.VOID,
                N_("Only an announcement in provincial or national media counts."),
                N_("Ask the lender to publish it there; never on a notice board or a school's own site."),
            )
        )
    return flaws
