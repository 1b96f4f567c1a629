"""The steps of an explanation that lead from what is overdue to the state, the days and their range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from models.rules.allocation import dues_of
from models.rules.buckets import Bucket
from models.rules.clock import counted_days
from models.rules.explanation_words import Step, step
from models.rules.facts import LoanFacts, ReliefFact, ReliefKind
from models.rules.movements import listed_on
from models.rules.sentences import N_
from models.rules.standing_row import LoanStanding, StandingState

_DAY = timedelta(days=1)


def state_of(loan: LoanFacts, standing: LoanStanding, *, was_suspended: bool = False) -> Step:
    """Say what the contract counts as, and why."""
    title = N_("What the contract counts as")
    if standing.state is StandingState.SETTLED:
        day = loan.settled_on or standing.as_of
        return step(title, N_("Everything was paid off on %(day)s: nothing can be overdue."), day=day)
    if standing.state is StandingState.STUDYING:
        return step(
            title,
            N_("The state pays the interest until %(day)s: until then nothing is the borrower's to pay."),
            basis=N_("Terms of the contract: interest is subsidised for the time of study."),
            day=loan.subsidy_ends_on,
        )
    if was_suspended:
        return step(
            title,
            N_("A waiver or deferral of everything is in force on the day, so nothing counts as overdue: %(state)s."),
            basis=N_("Waived or deferred is never overdue."),
            parts=_in_force(loan, standing.as_of),
            state=standing.state,
        )
    if standing.state is StandingState.DEFERRED:
        return step(
            title,
            N_("Nothing is overdue and a deferral is in force: %(state)s."),
            parts=_in_force(loan, standing.as_of),
            state=standing.state,
        )
    sentence = {
        StandingState.OVERDUE: N_("Something is overdue: %(state)s."),
        StandingState.CURRENT: N_("Something has fallen due and nothing is overdue: %(state)s."),
        StandingState.NOT_DUE: N_("Study is over and nothing has fallen due yet: %(state)s."),
    }[standing.state]
    return step(title, sentence, state=standing.state)


def days_of(loan: LoanFacts, standing: LoanStanding, buckets: Sequence[Bucket]) -> tuple[Step, ...]:
    """Say since when it is overdue, how many days that is, which of them count, and the range they fall in."""
    since = standing.overdue_since
    if since is None:
        return ()
    removed = tuple(_removed(loan, since, standing.as_of))
    counted = standing.days_past_due - standing.days_removed
    return (
        _since(loan, since, standing.as_of),
        step(
            N_("Days past due"),
            N_("From %(since)s (day 0) to %(as_of)s: %(days)s days."),
            basis=N_("The day after the due day is day 1; a part payment does not stop the count."),
            since=since,
            as_of=standing.as_of,
            days=standing.days_past_due,
        ),
        step(
            N_("Days counted"),
            N_("%(past)s days past due − %(removed)s days not counted = %(counted)s.")
            if counted >= 0
            else N_("%(past)s days past due − %(removed)s days not counted: grace still runs, so %(counted)s."),
            basis=N_(
                "Pauses, waivers and deferrals of everything, and days of grace are taken out where they overlap."
            ),
            parts=removed,
            past=standing.days_past_due,
            removed=standing.days_removed,
            counted=standing.days_counted,
        ),
        _range(standing, buckets),
    )


def next_of(standing: LoanStanding) -> tuple[Step, ...]:
    """Say what falls due next; no step when nothing does."""
    if standing.next_due_on is None:
        return ()
    if not standing.next_due_amount:
        said = N_("What falls due on %(day)s is paid ahead already.")
        return (step(N_("What falls due next"), said, day=standing.next_due_on),)
    return (
        step(
            N_("What falls due next"),
            N_("%(amount)s on %(day)s, what was paid ahead already taken off."),
            amount=standing.next_due_amount,
            day=standing.next_due_on,
        ),
    )


def _in_force(loan: LoanFacts, day: date) -> tuple[Step, ...]:
    return tuple(_span(one) for one in loan.reliefs if one.in_force(day) and one.kind is not ReliefKind.PAUSE)


def _span(relief: ReliefFact) -> Step:
    if relief.to_on is None:
        sentence = N_("%(kind)s (%(scope)s) from %(from_on)s, still open.")
        return step(N_("Relief"), sentence, kind=relief.kind, scope=relief.scope, from_on=relief.from_on)
    sentence = N_("%(kind)s (%(scope)s) from %(from_on)s until all runs again on %(to_on)s.")
    return step(
        N_("Relief"), sentence, kind=relief.kind, scope=relief.scope, from_on=relief.from_on, to_on=relief.to_on
    )


def _stop(relief: ReliefFact, days: int) -> Step:
    if relief.to_on is None:
        sentence = N_("%(kind)s from %(from_on)s, still open: takes out %(days)s days.")
        return step(N_("Relief"), sentence, kind=relief.kind, from_on=relief.from_on, days=days)
    sentence = N_("%(kind)s from %(from_on)s until all runs again on %(to_on)s: takes out %(days)s days.")
    return step(N_("Relief"), sentence, kind=relief.kind, from_on=relief.from_on, to_on=relief.to_on, days=days)


def _since(loan: LoanFacts, since: date, as_of: date) -> Step:
    title = N_("Overdue since")
    listed = listed_on(loan, as_of)
    if listed is not None and since < listed.data_on:
        if since == listed.overdue_since:
            return step(title, N_("The bank's list says: since %(day)s. Not a day since then was clear."), day=since)
        return step(
            title,
            N_("The bank's list does not say since when; by our ledger and the plan it is %(day)s."),
            day=since,
        )
    back = next((one for one in loan.repayments if one.reversed_on == since + _DAY), None)
    if back is not None and all(due.on != since for due in dues_of(loan)):
        return step(
            title,
            N_("A payment of %(amount)s was taken back on %(reversed_on)s; the day before it, %(day)s, is day 0."),
            amount=back.amount,
            reversed_on=since + _DAY,
            day=since,
        )
    return step(title, N_("What fell due on %(day)s was not paid, and not a day since then was clear."), day=since)


def _removed(loan: LoanFacts, since: date, as_of: date) -> Iterable[Step]:
    """Say what each relief takes out; a day stopped twice is told once, under the first."""
    if loan.grace_days:
        yield step(N_("Grace"), N_("%(days)s days of grace after the due day."), days=loan.grace_days)
    left = counted_days(since, as_of, (), loan.grace_days)
    for number, relief in enumerate(loan.reliefs, 1):
        now = counted_days(since, as_of, loan.reliefs[:number], loan.grace_days)
        if now != left:
            yield _stop(relief, left - now)
        left = now


def _range(standing: LoanStanding, buckets: Sequence[Bucket]) -> Step:
    title = N_("Range of days")
    bucket = next((one for one in buckets if one.key == standing.bucket), None)
    if bucket is None:
        return step(title, N_("No day is counted, so there is no range yet."))
    if standing.clock_stopped:
        return step(
            title,
            N_("%(counted)s days fall in the range %(bucket)s; on this day the count stands still."),
            basis=N_("The ranges are this portal's own: no lender and no law prescribes them."),
            counted=standing.days_counted,
            bucket=bucket,
        )
    return step(
        title,
        N_("%(counted)s days fall in the range %(bucket)s."),
        basis=N_("The ranges are this portal's own: no lender and no law prescribes them."),
        counted=standing.days_counted,
        bucket=bucket,
    )
