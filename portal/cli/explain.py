"""Why a contract or a borrower stands where it stands, as text; it names nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _

from models.rules.explanation import Explanation
from models.rules.explanation_words import Step
from models.rules.money import shown
from models.rules.movements import Movement
from portal import current
from portal.locales import DEFAULT, LANGUAGES
from portal.queries import explanations
from portal.wordlists.explanations import movement_word, said


@click.command()
@click.option("--loan", "loan_id", type=int, help="Number of the contract's row, as in /loans/N.")
@click.option("--borrower", "borrower_id", type=int, help="Number of the borrower's row, as in /borrowers/N.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day; today when not given.")
@click.option("--language", type=click.Choice(sorted(LANGUAGES)), default=DEFAULT, show_default=True)
@with_appcontext
def explain(loan_id: int | None, borrower_id: int | None, as_of: datetime | None, language: str) -> None:
    """Print the facts and the steps of the rules behind a standing."""
    if (loan_id is None) == (borrower_id is None):
        raise click.UsageError("give either --loan or --borrower")
    day = as_of.date() if as_of else current.today()
    if day > current.today():
        raise click.UsageError("the day lies in the future")
    with current.database().reader() as session:
        whose = borrower_id if loan_id is None else explanations.borrower_of(session, loan_id)
        found = explanations.unscoped(session, whose, day) if whose is not None else None
    if found is None or not found.loans:
        raise click.ClickException("there is no such contract")
    with force_locale(language):
        for line in _lines(found, loan_id):
            print(line)


def _lines(found: Explanation, loan_id: int | None) -> Iterator[str]:
    for number, one in enumerate(found.loans, 1):
        if loan_id is not None and one.loan_key != loan_id:
            continue
        yield f"== {_('Contract %(number)s', number=number)} =="
        yield from _reading(one.steps)
        yield from _sums(one.movements)
        yield ""
    yield f"== {_('The borrower as a whole')} =="
    yield from _reading(found.steps)


def _reading(steps: Sequence[Step]) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        yield f"{_('Step %(number)s', number=number)} {_(step.title)}"
        yield f"    {said(step)}"
        yield from (f"    - {said(part)}" for part in step.parts)
        if step.basis:
            yield f"    ({_(step.basis)})"


def _sums(movements: Sequence[Movement]) -> Iterator[str]:
    for one in movements:
        parts = " ".join(shown(amount) for amount in (one.principal, one.interest, one.penalty, one.ahead))
        yield f"    {one.on}  {movement_word(one.kind)}  {parts}"


COMMANDS = (explain,)
