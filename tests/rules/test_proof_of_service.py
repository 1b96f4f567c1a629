"""What the proofs of a service are worth, method by method."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.proof_of_service import counts, is_proven_receipt, judge
from models.rules.service_of_notice import ASKED, SIGNERS, Proofs, ServiceMethod, SignerRelation, Strength

M = ServiceMethod
HASH = "0" * 64
SIGNED = Proofs(signer_relation=SignerRelation.SELF, signer_name="甲", signed=True, deliverers=2, photo_sha256=HASH)
RELATIVE = replace(SIGNED, signer_relation=SignerRelation.ADULT_RELATIVE, lives_together=True)
LEFT = Proofs(refusal_reason="本人拒签", witnesses=("乙", "丙"), deliverers=2, photo_sha256=HASH)
POSTED = Proofs(post_number="XA12345678901", address_confirmed=True, arrival_confirmed=True)
MESSAGE = Proofs(address_confirmed=True, arrival_confirmed=True)
ANNOUNCED = Proofs(whereabouts_unknown=True, publication="省级报纸", provincial_or_national=True)
COMPLETE = {
    M.DIRECT: SIGNED,
    M.CO_RESIDENT_ADULT: RELATIVE,
    M.LEFT_WITH_WITNESS: LEFT,
    M.ENTRUSTED: replace(SIGNED, deliverers=0),
    M.POST: POSTED,
    M.ELECTRONIC: MESSAGE,
    M.ANNOUNCEMENT: ANNOUNCED,
}

any_proofs = st.builds(
    Proofs,
    signer_relation=st.none() | st.sampled_from(SignerRelation),
    signer_name=st.sampled_from(["", " ", "甲"]),
    signed=st.booleans(),
    lives_together=st.booleans(),
    authorisation_seen=st.booleans(),
    witnesses=st.lists(st.sampled_from(["", "乙", "丙"]), max_size=3).map(tuple),
    deliverers=st.integers(0, 3),
    photo_sha256=st.sampled_from(["", HASH]),
    refusal_reason=st.sampled_from(["", "拒签"]),
    post_number=st.sampled_from(["", "XA1"]),
    arrival_confirmed=st.booleans(),
    returned=st.booleans(),
    address_confirmed=st.booleans(),
    whereabouts_unknown=st.booleans(),
    publication=st.sampled_from(["", "报"]),
    provincial_or_national=st.booleans(),
)
methods = st.sampled_from(ServiceMethod)


@pytest.mark.parametrize("method", ServiceMethod)
def test_each_method_can_be_proved_completely(method: ServiceMethod) -> None:
    verdict = judge(method, COMPLETE[method])
    assert verdict.strength is Strength.COMPLETE
    assert verdict.reasons == verdict.mends == ()


@pytest.mark.parametrize("method", ServiceMethod)
def test_nothing_at_hand_is_void(method: ServiceMethod) -> None:
    verdict = judge(method, Proofs())
    assert verdict.strength is Strength.VOID
    assert not counts(verdict.strength)


@pytest.mark.parametrize(
    ("method", "proofs", "strength"),
    [
        # who may sign
        (M.DIRECT, replace(SIGNED, signer_relation=SignerRelation.CO_BORROWER), Strength.COMPLETE),
        (M.DIRECT, replace(SIGNED, signer_relation=SignerRelation.OTHER), Strength.VOID),
        (M.DIRECT, RELATIVE, Strength.WEAK),
        (M.DIRECT, replace(SIGNED, signer_relation=SignerRelation.AUTHORISED), Strength.VOID),
        (
            M.DIRECT,
            replace(SIGNED, signer_relation=SignerRelation.AUTHORISED, authorisation_seen=True),
            Strength.COMPLETE,
        ),
        (M.CO_RESIDENT_ADULT, replace(RELATIVE, lives_together=False), Strength.WEAK),
        (M.ENTRUSTED, replace(RELATIVE, deliverers=0), Strength.COMPLETE),
        # unsigned, arrival provable otherwise or not
        (M.DIRECT, replace(SIGNED, signed=False), Strength.WEAK),
        (M.DIRECT, replace(SIGNED, signed=False, photo_sha256=""), Strength.VOID),
        (M.DIRECT, replace(SIGNED, signed=False, photo_sha256="", arrival_confirmed=True), Strength.WEAK),
        # in pairs, with a photo, with a name
        (M.DIRECT, replace(SIGNED, deliverers=1), Strength.WEAK),
        (M.DIRECT, replace(SIGNED, photo_sha256=""), Strength.WEAK),
        (M.DIRECT, replace(SIGNED, signer_name=" "), Strength.WEAK),
        # left
        (M.LEFT_WITH_WITNESS, replace(LEFT, witnesses=("乙",)), Strength.WEAK),
        (M.LEFT_WITH_WITNESS, replace(LEFT, witnesses=("乙", " 乙 ")), Strength.WEAK),
        (M.LEFT_WITH_WITNESS, replace(LEFT, witnesses=()), Strength.WEAK),
        (M.LEFT_WITH_WITNESS, replace(LEFT, witnesses=("",), photo_sha256=""), Strength.VOID),
        (M.LEFT_WITH_WITNESS, replace(LEFT, photo_sha256=""), Strength.WEAK),
        (M.LEFT_WITH_WITNESS, replace(LEFT, refusal_reason=" "), Strength.WEAK),
        # sent
        (M.POST, replace(POSTED, returned=True), Strength.VOID),
        (M.POST, replace(POSTED, post_number=" "), Strength.VOID),
        (M.POST, replace(POSTED, arrival_confirmed=False), Strength.WEAK),
        (M.ELECTRONIC, replace(MESSAGE, returned=True), Strength.VOID),
        (M.ELECTRONIC, replace(MESSAGE, arrival_confirmed=False), Strength.WEAK),
        (M.ELECTRONIC, replace(MESSAGE, address_confirmed=False), Strength.WEAK),
        # announced
        (M.ANNOUNCEMENT, replace(ANNOUNCED, whereabouts_unknown=False), Strength.VOID),
        (M.ANNOUNCEMENT, replace(ANNOUNCED, provincial_or_national=False), Strength.VOID),
    ],
)
def test_examples(method: ServiceMethod, proofs: Proofs, strength: Strength) -> None:
    assert judge(method, proofs).strength is strength


@given(methods, any_proofs)
def test_every_flaw_has_a_mend_and_only_flaws_weaken(method: ServiceMethod, proofs: Proofs) -> None:
    verdict = judge(method, proofs)
    assert len(verdict.reasons) == len(verdict.mends)
    assert (verdict.strength is Strength.COMPLETE) == (not verdict.reasons)
    assert counts(verdict.strength) == (verdict.strength is not Strength.VOID)


@given(methods, any_proofs)
def test_only_what_the_method_asks_for_matters(method: ServiceMethod, proofs: Proofs) -> None:
    blank = Proofs()
    asked = {
        field.name: getattr(proofs if field.name in ASKED[method] else blank, field.name) for field in fields(Proofs)
    }
    assert judge(method, Proofs(**asked)) == judge(method, proofs)


RANK = {Strength.VOID: 0, Strength.WEAK: 1, Strength.COMPLETE: 2}


@given(
    methods,
    any_proofs,
    st.sampled_from(["signed", "lives_together", "authorisation_seen", "arrival_confirmed", "address_confirmed"]),
)
def test_one_more_proof_never_weakens(method: ServiceMethod, proofs: Proofs, proof: str) -> None:
    more = replace(proofs, **{proof: True})
    assert RANK[judge(method, more).strength] >= RANK[judge(method, proofs).strength]


@given(methods, any_proofs)
def test_a_proven_receipt_is_complete_and_personal(method: ServiceMethod, proofs: Proofs) -> None:
    if is_proven_receipt(method, proofs):
        assert judge(method, proofs).strength is Strength.COMPLETE
        assert method is not M.ANNOUNCEMENT
        assert proofs.signer_relation in {SignerRelation.SELF, SignerRelation.CO_BORROWER} or (
            method in {M.POST, M.ELECTRONIC} and proofs.arrival_confirmed
        )


def test_a_relatives_signature_is_a_service_but_no_proof_of_the_borrowers_own_receipt() -> None:
    assert judge(M.CO_RESIDENT_ADULT, RELATIVE).strength is Strength.COMPLETE
    assert not is_proven_receipt(M.CO_RESIDENT_ADULT, RELATIVE)
    assert is_proven_receipt(M.DIRECT, SIGNED)
    assert is_proven_receipt(M.POST, POSTED)
    assert not is_proven_receipt(M.LEFT_WITH_WITNESS, LEFT)
    assert is_proven_receipt(M.LEFT_WITH_WITNESS, replace(LEFT, signer_relation=SignerRelation.SELF))


def test_the_tables_know_every_method_and_field() -> None:
    assert set(ASKED) == set(ServiceMethod)
    names = {field.name for field in fields(Proofs)}
    assert {name for asked in ASKED.values() for name in asked} == names
    assert all(SignerRelation.OTHER not in relations for relations in SIGNERS.values())
