"""Every state, every step, every role: the table and nothing but the table."""

import itertools
from enum import StrEnum

import pytest

from models.rules.handovers import HandoverState, HandoverStep
from models.rules.monthly_statements import StatementState, StatementStep
from models.rules.permissions import GRANTS, Permission, Role
from models.rules.refusals import Refused
from models.rules.roster_matches import MatchState, MatchStep
from models.rules.workflows import (
    ESCALATION,
    NOTICE,
    SUSPICION,
    WORKFLOWS,
    EscalationState,
    EscalationStep,
    NoticeState,
    NoticeStep,
    SuspicionState,
    SuspicionStep,
    WordingState,
    WordingStep,
    Workflow,
)

ENUMS: dict[str, tuple[type[StrEnum], type[StrEnum]]] = {
    "notice": (NoticeState, NoticeStep),
    "suspicion": (SuspicionState, SuspicionStep),
    "escalation": (EscalationState, EscalationStep),
    "roster-match": (MatchState, MatchStep),
    "monthly-statement": (StatementState, StatementStep),
    "handover": (HandoverState, HandoverStep),
    "wording": (WordingState, WordingStep),
}
BY_NAME = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: str(workflow.name))


@BY_NAME
def test_every_combination_follows_the_table_or_is_refused(workflow: Workflow) -> None:
    states, steps = ENUMS[workflow.name]
    for state, step, role in itertools.product(states, steps, (*Role, None)):
        move = workflow.moves.get((state, step))
        if move is None:
            with pytest.raises(Refused, match="no longer possible"):
                workflow.take(state, step, role)
        elif (move.permission is None) == (role is None) and (role is None or move.permission in GRANTS[role]):
            assert workflow.take(state, step, role) is move.to
        else:
            with pytest.raises(Refused, match="somebody else's part"):
                workflow.take(state, step, role)


@BY_NAME
def test_the_steps_offered_are_exactly_those_that_can_be_taken(workflow: Workflow) -> None:
    states, steps = ENUMS[workflow.name]
    for state, role in itertools.product(states, Role):
        offered = workflow.steps(state, role)
        for step in steps:
            if step in offered:
                workflow.take(state, step, role)
            else:
                with pytest.raises(Refused):
                    workflow.take(state, step, role)


@BY_NAME
def test_every_named_state_is_in_the_table_and_reachable(workflow: Workflow) -> None:
    states, _ = ENUMS[workflow.name]
    reached = {workflow.start}
    while more := {move.to for (origin, _), move in workflow.moves.items() if origin in reached} - reached:
        reached |= more
    assert reached == set(states) == set(workflow.states)


@BY_NAME
def test_every_named_step_is_used(workflow: Workflow) -> None:
    _, steps = ENUMS[workflow.name]
    assert {step for _, step in workflow.moves} == set(steps)


@BY_NAME
def test_finals_are_terminal_and_every_other_state_has_a_way_to_one(workflow: Workflow) -> None:
    assert workflow.final
    for origin, _ in workflow.moves:
        assert origin not in workflow.final
    good = set(workflow.final)
    while more := {origin for (origin, _), move in workflow.moves.items() if move.to in good} - good:
        good |= more
    assert good == set(workflow.states)


@BY_NAME
def test_every_state_that_is_not_final_can_be_moved_by_a_person(workflow: Workflow) -> None:
    for state in set(workflow.states) - workflow.final:
        assert any(workflow.steps(state, role) for role in Role)


@BY_NAME
def test_every_permission_of_the_table_is_somebodys(workflow: Workflow) -> None:
    needed = {move.permission for move in workflow.moves.values() if move.permission is not None}
    assert needed <= frozenset[Permission]().union(*GRANTS.values())


def test_the_finals_are_these() -> None:
    assert NOTICE.final == {NoticeState.SERVED, NoticeState.CALLED_BACK}
    assert SUSPICION.final == {SuspicionState.DISMISSED, SuspicionState.WITHDRAWN, SuspicionState.LAPSED}
    assert ESCALATION.final == {EscalationState.CLOSED, EscalationState.WITHDRAWN}


def test_a_payment_ends_every_open_suspicion() -> None:
    for state in set(SUSPICION.states) - SUSPICION.final:
        assert SUSPICION.take(state, SuspicionStep.PAID, None) is SuspicionState.WITHDRAWN


def test_a_served_notice_cannot_be_called_back() -> None:
    for role in Role:
        with pytest.raises(Refused):
            NOTICE.take(NoticeState.SERVED, NoticeStep.CALL_BACK, role)
