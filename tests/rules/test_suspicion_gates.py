"""The gates before a report of suspected malicious default."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.suspicion_gates import Facts, ObstacleCode, Thresholds, gate
from models.rules.suspicions import GROUNDS, QUESTIONS, Answer, Answered, Ground, Help, Question

KNOWN = "2026年3月5日本人在电话中说明"
READY = Facts(
    days_past_due=91,
    attempts=3,
    methods=2,
    proven_receipts=1,
    contact_lost=False,
    data_age_days=10,
    answers=dict.fromkeys(Question, Answered(Answer.NO, KNOWN)),
    grounds={Ground.EXPLICIT_REFUSAL: KNOWN},
)
C = ObstacleCode


def codes(facts: Facts) -> list[ObstacleCode]:
    return [obstacle.code for obstacle in gate(facts)]


def test_a_report_that_is_ready_passes() -> None:
    assert gate(READY) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"days_past_due": 90}, C.NOT_LONG_OVERDUE),
        ({"attempts": 2}, C.TOO_FEW_ATTEMPTS),
        ({"methods": 1}, C.TOO_FEW_METHODS),
        ({"proven_receipts": 0}, C.NO_PROVEN_RECEIPT),
        ({"contact_lost": True}, C.OUT_OF_REACH),
        ({"data_age_days": 36}, C.STALE_DATA),
        ({"data_age_days": None}, C.STALE_DATA),
        ({"grounds": {}}, C.NO_GROUND),
        ({"grounds": {Ground.REFUSES_TO_SIGN: KNOWN}}, C.NO_GROUND),
        ({"grounds": {Ground.BREAKS_PLANS: KNOWN, Ground.REFUSES_TO_SIGN: KNOWN}}, C.NO_GROUND),
        ({"grounds": {Ground.EXPLICIT_REFUSAL: "......"}}, C.GROUND_WITHOUT_EVIDENCE),
        ({"grounds": {Ground.EXPLICIT_REFUSAL: KNOWN, Ground.REFUSES_TO_SIGN: ""}}, C.GROUND_WITHOUT_EVIDENCE),
    ],
)
def test_each_gate_holds_alone(change: dict[str, object], code: ObstacleCode) -> None:
    assert codes(replace(READY, **change)) == [code]  # type: ignore[arg-type] # one field at a time, by name


@pytest.mark.parametrize("question", Question)
def test_each_question_must_be_answered_no_with_evidence(question: Question) -> None:
    for answered, code in (
        (None, C.NOT_ANSWERED),
        (Answered(Answer.UNKNOWN, KNOWN), C.NOT_ANSWERED),
        (Answered(Answer.NO, "  "), C.NO_EVIDENCE),
        (Answered(Answer.NO, "无无无无无无无"), C.NO_EVIDENCE),
        (Answered(Answer.YES), C.BENIGN_CAUSE),
        (Answered(Answer.YES, KNOWN), C.BENIGN_CAUSE),
    ):
        answers = {known: given for known, given in READY.answers.items() if known is not question}
        if answered is not None:
            answers[question] = answered
        (obstacle,) = gate(replace(READY, answers=answers))
        assert obstacle.code is code
        assert obstacle.question is question
        if code is C.BENIGN_CAUSE:
            assert obstacle.help is QUESTIONS[question].help
            assert obstacle.sentence == QUESTIONS[question].help_sentence


def test_being_out_of_reach_leads_to_a_search_however_strong_the_grounds() -> None:
    lost = replace(READY, contact_lost=True, grounds=dict.fromkeys(Ground, KNOWN))
    (obstacle,) = gate(lost)
    assert obstacle.help is Help.FIND_CONTACT


def test_the_tables_are_complete() -> None:
    assert set(QUESTIONS) == set(Question)
    assert set(GROUNDS) == set(Ground)
    assert {cause.help for cause in QUESTIONS.values()} == set(Help)
    assert not GROUNDS[Ground.REFUSES_TO_SIGN].sufficient


def test_thresholds_are_settings() -> None:
    assert gate(replace(READY, days_past_due=31), Thresholds(overdue_more_than_days=30)) == ()


any_facts = st.builds(
    Facts,
    days_past_due=st.integers(0, 400),
    attempts=st.integers(0, 6),
    methods=st.integers(0, 4),
    proven_receipts=st.integers(0, 2),
    contact_lost=st.booleans(),
    data_age_days=st.none() | st.integers(0, 60),
    answers=st.dictionaries(
        st.sampled_from(Question),
        st.builds(Answered, st.sampled_from(Answer), st.sampled_from(["", KNOWN])),
    ),
    grounds=st.dictionaries(st.sampled_from(Ground), st.sampled_from(["", KNOWN])),
)


@given(any_facts)
def test_who_passes_meets_every_condition_and_sentences_fill(facts: Facts) -> None:
    found = gate(facts)
    for obstacle in found:
        filled = obstacle.sentence % dict(obstacle.values)
        assert "%(" not in filled
    if not found:
        assert facts.days_past_due > 90
        assert facts.attempts >= 3
        assert facts.methods >= 2
        assert facts.proven_receipts
        assert {given.answer for given in facts.answers.values()} == {Answer.NO}
        assert set(facts.answers) == set(Question)
        assert any(GROUNDS[ground].sufficient for ground in facts.grounds)


@given(any_facts, st.sampled_from(Question))
def test_a_yes_always_stops_the_report(facts: Facts, question: Question) -> None:
    yes = replace(facts, answers={**facts.answers, question: Answered(Answer.YES, KNOWN)})
    assert C.BENIGN_CAUSE in codes(yes)
    worse = replace(READY, answers={**READY.answers, question: Answered(Answer.YES, KNOWN)})
    assert codes(worse) == [C.BENIGN_CAUSE]
