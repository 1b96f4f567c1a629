"""The steps of an explanation that lead to what is overdue: source, plan, payments, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from models.rules.allocation import dues_of, falls_on
from models.rules.explanation_words import Step, step
from models.rules.facts import InstalmentFact, LoanFacts, Part, ReliefFact, ReliefKind, ReliefScope
from models.rules.money import from_fen, to_fen
from models.rules.movements import Movement, MovementKind, listed_on
from models.rules.sentences import N_

_DAY = timedelta(days=1)
_RECORD = N_("The bank's complete list is the figure of record on its data date.")


def source_of(loan: LoanFacts, as_of: date) -> Step:
    """Say which list of the bank is the starting point."""
    title = N_("Where it starts from")
    listed = listed_on(loan, as_of)
    if listed is None:
        return step(
            title,
            N_("There is no list of the bank for this contract on or before %(day)s: our own ledger speaks alone."),
            basis=N_("Figures without a list are estimates."),
            day=as_of,
        )
    if not (listed.overdue_principal or listed.overdue_interest or listed.penalty):
        return step(
            title,
            N_("The contract is not on the bank's complete list of %(day)s: nothing was overdue on that day."),
            basis=_RECORD,
            day=listed.data_on,
        )
    return step(
        title,
        N_(
            "The bank's list of %(day)s gives as overdue: principal %(principal)s, interest %(interest)s, "
            "penalty %(penalty)s."
        ),
        basis=_RECORD,
        day=listed.data_on,
        principal=listed.overdue_principal,
        interest=listed.overdue_interest,
        penalty=listed.penalty,
    )


def ledger_of(raw: LoanFacts, loan: LoanFacts, as_of: date, found: Sequence[Movement]) -> tuple[Step, ...]:
    """Say what fell due and what was paid since, and what is left.

    Args:
        raw: the contract as it is known.
        loan: the same with early repayments and a calling due worked in.
        as_of: the day.
        found: the entries that add up, as :func:`models.rules.movements.movements` gives them.

    """
    listed = listed_on(loan, as_of)
    opened = listed.data_on if listed else date.min
    return (
        _fallen(raw, loan, opened, as_of),
        _paid(raw, loan, opened, as_of, found),
        _left(found, is_listed=bool(listed)),
    )


def _fallen(raw: LoanFacts, loan: LoanFacts, opened: date, as_of: date) -> Step:
    title = N_("What fell due since")
    parts = [
        step(
            N_("Early repayment"),
            N_("%(amount)s paid early, settled on %(day)s: what is overdue first, the rest lowers what is to come."),
            amount=one.amount,
            day=one.paid_on,
        )
        for one in raw.repayments
        if one.lowers_plan and one.paid_on <= as_of
    ]
    if raw.accelerated_on is not None and raw.accelerated_on <= as_of:
        parts.append(
            step(
                N_("Called due"),
                N_("The lender called the whole loan due on %(day)s."),
                day=raw.accelerated_on,
            )
        )
    for one in loan.instalments:
        parts += _instalment(one, loan, opened, as_of)
    fallen = [due for due in dues_of(loan) if opened < due.on < as_of]
    if not fallen:
        sentence = N_("Nothing has become overdue by the plan since.") if opened > date.min else N_("Nothing so far.")
        return step(title, sentence, parts=tuple(parts))
    return step(
        title,
        N_("By the plan %(principal)s of principal and %(interest)s of interest fell due before %(day)s."),
        basis=N_("What is not paid on its due day is overdue from the day after."),
        parts=tuple(parts),
        principal=from_fen(sum(due.principal for due in fallen)),
        interest=from_fen(sum(due.interest for due in fallen)),
        day=as_of,
    )


def _instalment(one: InstalmentFact, loan: LoanFacts, opened: date, as_of: date) -> Iterable[Step]:
    """Tell the fate of the two parts of an instalment, each once, where it bears on the time asked about."""
    title = N_("Instalment")
    for scope, amount in ((ReliefScope.PRINCIPAL, one.principal), (ReliefScope.INTEREST, one.interest)):
        if not amount or one.due_on > as_of:
            continue
        on = falls_on(one.due_on, scope, loan.reliefs)
        if max(one.due_on, on or one.due_on) <= opened:
            continue  # it is in the bank's figure already
        held = {relief.kind for relief in loan.reliefs if relief.in_force(one.due_on) and _covers(relief, scope)}
        if on is None:
            sentence = (
                N_("%(day)s: %(amount)s of %(part)s was waived.")
                if ReliefKind.WAIVER in held
                else N_("%(day)s: %(amount)s of %(part)s is put off, without an end so far.")
            )
            yield step(title, sentence, day=one.due_on, amount=amount, part=Part(scope.value))
        elif on <= loan.subsidy_ends_on:
            yield step(
                title,
                N_("%(day)s: %(amount)s of %(part)s lies in the time the state pays; it is not the borrower's."),
                day=one.due_on,
                amount=amount,
                part=Part(scope.value),
            )
        elif on != one.due_on:
            yield step(
                title,
                N_("%(day)s: %(amount)s of %(part)s was put off to %(until)s by a deferral."),
                day=one.due_on,
                amount=amount,
                part=Part(scope.value),
                until=on,
            )
        else:
            yield step(
                title,
                N_("%(day)s: %(amount)s of %(part)s fell due."),
                day=one.due_on,
                amount=amount,
                part=Part(scope.value),
            )


def _covers(relief: ReliefFact, scope: ReliefScope) -> bool:
    return relief.scope in {scope, ReliefScope.ALL}


def _paid(raw: LoanFacts, loan: LoanFacts, opened: date, as_of: date, found: Sequence[Movement]) -> Step:
    title = N_("What was paid since")
    parts = [
        step(
            N_("Payment"),
            N_(
                "%(day)s: %(amount)s, used for penalty %(penalty)s, interest %(interest)s, principal %(principal)s, "
                "paid ahead %(ahead)s."
            ),
            day=one.on,
            amount=one.amount,
            penalty=-one.penalty,
            interest=-one.interest,
            principal=-one.principal,
            ahead=one.ahead,
        )
        for one in found
        if one.kind is MovementKind.PAID
    ]
    parts += [
        step(
            N_("Payment taken back"),
            N_("%(day)s: %(amount)s was paid, and taken back on %(reversed_on)s: it does not count."),
            day=one.paid_on,
            amount=one.amount,
            reversed_on=one.reversed_on,
        )
        for one in raw.repayments
        if one.reversed_on is not None and one.reversed_on <= as_of and one.reversed_on > opened
    ]
    received = sum((one.amount for one in found if one.kind is MovementKind.PAID), from_fen(0))
    if not parts:
        return step(title, N_("Nothing."))
    return step(
        title,
        N_("%(amount)s in all, used in the order: %(order)s; what is due longest first."),
        basis=N_("Civil Code 560 and 561; the order is the lender's."),
        parts=tuple(parts),
        amount=received,
        order=loan.allocation,
    )


def _left(found: Sequence[Movement], *, is_listed: bool) -> Step:
    """Add the entries up, before a waiver or deferral of everything takes them off."""
    counted = [one for one in found if one.kind is not MovementKind.SUSPENDED]
    nil = from_fen(0)
    principal = sum((one.principal for one in counted), nil)
    interest = sum((one.interest for one in counted), nil)
    penalty = sum((one.penalty for one in counted), nil)
    moved = any(one.kind not in {MovementKind.LIST, MovementKind.AHEAD} for one in counted)
    return step(
        N_("What is left"),
        N_("Principal %(principal)s + interest %(interest)s + penalty %(penalty)s = %(total)s.")
        if is_listed and not moved
        else N_("Principal %(principal)s + interest %(interest)s + penalty %(penalty)s = %(total)s, an estimate."),
        basis=N_("Penalty is the bank's figure of its list; we add none, the next list brings it up to date."),
        principal=principal,
        interest=interest,
        penalty=penalty,
        total=from_fen(to_fen(principal + interest + penalty)),
    )
