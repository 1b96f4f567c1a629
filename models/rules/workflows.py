"""State machines as tables: (state, step) → (permission needed, next state).

One method, ``Workflow.take``, moves a state; nothing else assigns one. The README's diagrams are drawn from
these tables and a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.rules.handovers import HandoverState, HandoverStep
from models.rules.monthly_statements import StatementState, StatementStep
from models.rules.permissions import GRANTS, Permission, Role
from models.rules.refusals import Refused
from models.rules.roster_matches import MatchState, MatchStep


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow: where it leads, and the permission it takes (``None``: only the portal itself takes it)."""

    to: StrEnum
    permission: Permission | None


@dataclass(frozen=True, slots=True)
class Workflow:
    """A named state machine."""

    name: str
    start: StrEnum
    moves: Mapping[tuple[StrEnum, StrEnum], Move]

    def take(self, state: StrEnum, step: StrEnum, role: Role | None) -> StrEnum:
        """Return the next state.

        Args:
            state: where the thing stands now.
            step: what somebody wants to do.
            role: who wants it; ``None`` is the portal itself (a nightly job, a payment coming in).

        Raises:
            Refused: the step does not exist from this state, or is not this role's to take.

        """
        move = self.moves.get((state, step))
        if move is None:
            raise Refused("This step is no longer possible: the matter has moved on. Reload the page.")
        if not self._may_take(move, role):
            raise Refused("This step belongs to somebody else's part in the procedure.")
        return move.to

    @staticmethod
    def _may_take(move: Move, role: Role | None) -> bool:
        """Say whether a person of this role, or the portal itself (``None``), may take a move."""
        if role is None or move.permission is None:
            return role is None and move.permission is None
        return move.permission in GRANTS[role]

    def steps(self, state: StrEnum, role: Role) -> tuple[StrEnum, ...]:
        """List the steps the role may take from the state, in table order."""
        return tuple(
            step
            for (origin, step), move in self.moves.items()
            if origin == state and move.permission is not None and move.permission in GRANTS[role]
        )

    @property
    def states(self) -> tuple[StrEnum, ...]:
        """Every state, start first, in order of appearance."""
        seen = dict.fromkeys([self.start])
        for (origin, _), move in self.moves.items():
            seen |= dict.fromkeys([origin, move.to])
        return tuple(seen)

    @property
    def final(self) -> frozenset[StrEnum]:
        """States nothing leads out of."""
        return frozenset(self.states) - {origin for origin, _ in self.moves}


class NoticeState(StrEnum):
    """Where one notice stands."""

    ISSUED = "issued"
    SERVED = "served"
    FAILED = "failed"  # tried, not served; may be tried again
    CALLED_BACK = "called_back"  # paid, deferred or issued in error: do not serve


class NoticeStep(StrEnum):
    """What can happen to a notice."""

    SERVE = "serve"
    FAIL = "fail"
    CALL_BACK = "call_back"
    PAID = "paid"


NOTICE = Workflow(
    "notice",
    NoticeState.ISSUED,
    {
        (NoticeState.ISSUED, NoticeStep.SERVE): Move(NoticeState.SERVED, Permission.NOTICES_SERVE),
        (NoticeState.ISSUED, NoticeStep.FAIL): Move(NoticeState.FAILED, Permission.NOTICES_SERVE),
        (NoticeState.FAILED, NoticeStep.SERVE): Move(NoticeState.SERVED, Permission.NOTICES_SERVE),
        (NoticeState.FAILED, NoticeStep.FAIL): Move(NoticeState.FAILED, Permission.NOTICES_SERVE),
        (NoticeState.ISSUED, NoticeStep.CALL_BACK): Move(NoticeState.CALLED_BACK, Permission.NOTICES_ISSUE),
        (NoticeState.FAILED, NoticeStep.CALL_BACK): Move(NoticeState.CALLED_BACK, Permission.NOTICES_ISSUE),
        (NoticeState.ISSUED, NoticeStep.PAID): Move(NoticeState.CALLED_BACK, None),
        (NoticeState.FAILED, NoticeStep.PAID): Move(NoticeState.CALLED_BACK, None),
    },
)


class SuspicionState(StrEnum):
    """Where a report of suspected malicious default stands. Never "confirmed": a court says that."""

    PROPOSED = "proposed"
    RETURNED = "returned"
    SIGNED = "signed"  # with the aid centre; the person has been asked to reply
    UPHELD = "upheld"  # the centre passes it to the lender as suspected
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"  # paid, deferred, or taken back by its proposer
    LAPSED = "lapsed"  # not decided, or not renewed, in time


class SuspicionStep(StrEnum):
    """What can happen to a suspicion."""

    SIGN = "sign"
    RETURN = "return"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"
    UPHOLD = "uphold"
    DISMISS = "dismiss"
    SEND_BACK = "send_back"
    PAID = "paid"
    LAPSE = "lapse"


_OPEN_SUSPICION = (SuspicionState.PROPOSED, SuspicionState.RETURNED, SuspicionState.SIGNED)

SUSPICION = Workflow(
    "suspicion",
    SuspicionState.PROPOSED,
    {
        (SuspicionState.PROPOSED, SuspicionStep.SIGN): Move(SuspicionState.SIGNED, Permission.SUSPICIONS_SIGN),
        (SuspicionState.PROPOSED, SuspicionStep.RETURN): Move(SuspicionState.RETURNED, Permission.SUSPICIONS_SIGN),
        (SuspicionState.PROPOSED, SuspicionStep.WITHDRAW): Move(
            SuspicionState.WITHDRAWN, Permission.SUSPICIONS_PROPOSE
        ),
        (SuspicionState.RETURNED, SuspicionStep.RESUBMIT): Move(SuspicionState.PROPOSED, Permission.SUSPICIONS_PROPOSE),
        (SuspicionState.RETURNED, SuspicionStep.WITHDRAW): Move(
            SuspicionState.WITHDRAWN, Permission.SUSPICIONS_PROPOSE
        ),
        (SuspicionState.SIGNED, SuspicionStep.UPHOLD): Move(SuspicionState.UPHELD, Permission.SUSPICIONS_DECIDE),
        (SuspicionState.SIGNED, SuspicionStep.DISMISS): Move(SuspicionState.DISMISSED, Permission.SUSPICIONS_DECIDE),
        (SuspicionState.SIGNED, SuspicionStep.SEND_BACK): Move(SuspicionState.RETURNED, Permission.SUSPICIONS_DECIDE),
        (SuspicionState.UPHELD, SuspicionStep.DISMISS): Move(SuspicionState.DISMISSED, Permission.SUSPICIONS_DECIDE),
        **{
            (state, SuspicionStep.PAID): Move(SuspicionState.WITHDRAWN, None)
            for state in (*_OPEN_SUSPICION, SuspicionState.UPHELD)
        },
        **{
            (state, SuspicionStep.LAPSE): Move(SuspicionState.LAPSED, None)
            for state in (*_OPEN_SUSPICION, SuspicionState.UPHELD)
        },
    },
)


class EscalationState(StrEnum):
    """Where a request for help stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REPORTED = "reported"  # help given and reported; not yet closed
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class EscalationStep(StrEnum):
    """What can happen to an escalation."""

    ACCEPT = "accept"
    RETURN = "return"
    REPORT = "report"
    CLOSE = "close"
    RESEND = "resend"
    WITHDRAW = "withdraw"
    PAID = "paid"


ESCALATION = Workflow(
    "escalation",
    EscalationState.SENT,
    {
        (EscalationState.SENT, EscalationStep.ACCEPT): Move(EscalationState.ACCEPTED, Permission.ESCALATIONS_ANSWER),
        (EscalationState.SENT, EscalationStep.RETURN): Move(EscalationState.RETURNED, Permission.ESCALATIONS_ANSWER),
        (EscalationState.ACCEPTED, EscalationStep.REPORT): Move(
            EscalationState.REPORTED, Permission.ESCALATIONS_ANSWER
        ),
        (EscalationState.ACCEPTED, EscalationStep.RETURN): Move(
            EscalationState.RETURNED, Permission.ESCALATIONS_ANSWER
        ),
        (EscalationState.REPORTED, EscalationStep.CLOSE): Move(EscalationState.CLOSED, Permission.ESCALATIONS_ANSWER),
        (EscalationState.RETURNED, EscalationStep.RESEND): Move(EscalationState.SENT, Permission.ESCALATIONS_SEND),
        **{
            (state, EscalationStep.WITHDRAW): Move(EscalationState.WITHDRAWN, Permission.ESCALATIONS_SEND)
            for state in (EscalationState.SENT, EscalationState.ACCEPTED, EscalationState.RETURNED)
        },
        **{
            (state, EscalationStep.PAID): Move(EscalationState.WITHDRAWN, None)
            for state in (EscalationState.SENT, EscalationState.ACCEPTED, EscalationState.RETURNED)
        },
    },
)

ROSTER_MATCH = Workflow(
    "roster-match",
    MatchState.SUGGESTED,
    {
        (MatchState.SUGGESTED, MatchStep.CONFIRM): Move(MatchState.CONFIRMED, Permission.CONTACT_POINTS_CORRECT),
        (MatchState.SUGGESTED, MatchStep.REFUSE): Move(MatchState.REFUSED, Permission.CONTACT_POINTS_CORRECT),
    },
)

MONTHLY_STATEMENT = Workflow(
    "monthly-statement",
    StatementState.SIGNED,
    {
        (StatementState.SIGNED, StatementStep.CONFIRM): Move(StatementState.CLOSED, Permission.RECONCILIATIONS_SETTLE),
        (StatementState.SIGNED, StatementStep.RETURN): Move(StatementState.RETURNED, Permission.RECONCILIATIONS_SETTLE),
    },
)

# Who gives a village accepts for nobody: whom each step is for, beyond the permission, says rules/handovers.
HANDOVER = Workflow(
    "handover",
    HandoverState.OPEN,
    {
        (HandoverState.OPEN, HandoverStep.ACCEPT): Move(HandoverState.ACCEPTED, Permission.CONTACTS_LOG),
        (HandoverState.OPEN, HandoverStep.ACCEPT_ON_PAPER): Move(HandoverState.ACCEPTED, Permission.AREAS_ASSIGN),
        (HandoverState.OPEN, HandoverStep.END): Move(HandoverState.ENDED, None),
    },
)


class WordingState(StrEnum):
    """Where a version of a wording stands. One that is approved is never changed again."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    DISCARDED = "discarded"


class WordingStep(StrEnum):
    """What can happen to a version of a wording."""

    PROPOSE = "propose"
    APPROVE = "approve"
    RETURN = "return"
    DISCARD = "discard"


WORDING = Workflow(
    "wording",
    WordingState.DRAFT,
    {
        (WordingState.DRAFT, WordingStep.PROPOSE): Move(WordingState.PROPOSED, Permission.WORDINGS_EDIT),
        (WordingState.DRAFT, WordingStep.DISCARD): Move(WordingState.DISCARDED, Permission.WORDINGS_EDIT),
        (WordingState.PROPOSED, WordingStep.APPROVE): Move(WordingState.APPROVED, Permission.WORDINGS_APPROVE),
        (WordingState.PROPOSED, WordingStep.RETURN): Move(WordingState.DRAFT, Permission.WORDINGS_APPROVE),
        (WordingState.PROPOSED, WordingStep.DISCARD): Move(WordingState.DISCARDED, Permission.WORDINGS_EDIT),
    },
)


WORKFLOWS = (NOTICE, SUSPICION, ESCALATION, ROSTER_MATCH, MONTHLY_STATEMENT, HANDOVER, WORDING)
