"""Forms of a contract: reliefs, changes, a payment taken back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from models.rules.facts import PauseCause, ReliefKind, ReliefScope
from portal.words import choices

_DAY = _l("Enter a day.")
_YEARS = (1990, 2200)


def _reason(hint: str = "") -> StringField:
    return StringField(
        _l("Reason"), validators=[Length(max=200)], description=hint or _l("In a few words; the timeline shows it.")
    )


class ReliefForm(FlaskForm):
    """A waiver, deferral or pause."""

    kind = RadioField(_l("Kind"), validators=[InputRequired(_l("Say what it is."))])
    cause = SelectField(_l("Why the days are not counted"), description=_l("For a pause."))
    scope = SelectField(_l("Covers"), description=_l("A pause always covers all."))
    from_on = DateField(_l("From day"), validators=[InputRequired(_DAY)], description=_l("The first day it holds."))
    to_on = DateField(
        _l("Runs again on"), validators=[Optional()], description=_l("The day all runs again; empty while it is open.")
    )
    reason = _reason(_l("In a few words; a pause whose cause says enough needs none."))

    def offer(self, *, only_pauses: bool, kind: str | None, cause: str | None) -> None:
        """Fill the choices; a fresh form may start with a kind and cause."""
        kinds = [pair for pair in choices(ReliefKind) if not only_pauses or pair[0] == ReliefKind.PAUSE.value]
        self.kind.choices = kinds
        if only_pauses:
            del self.scope
        else:
            self.scope.choices = choices(ReliefScope)
        self.cause.choices = [("", _l("—")), *choices(PauseCause)]
        if not self.is_submitted():
            self.kind.data = kind if kind in dict(kinds) else kinds[0][0]
            self.cause.data = cause if cause in dict(choices(PauseCause)) else ""


class CorrectReliefForm(FlaskForm):
    """What a relief should have said."""

    from_on = DateField(_l("From day"), validators=[InputRequired(_DAY)], description=_l("The first day it holds."))
    to_on = DateField(
        _l("Runs again on"), validators=[Optional()], description=_l("The day all runs again; empty while it is open.")
    )
    reason = _reason()


class ReasonForm(FlaskForm):
    """Why something is taken back."""

    reason = _reason()


class ContractDayForm(FlaskForm):
    """The day a change of the contract takes effect."""

    effective_on = DateField(_l("Takes effect on"), validators=[InputRequired(_DAY)])
    reason = _reason()


class StudyForm(FlaskForm):
    """The terms after further study."""

    subsidy_ends_on = DateField(
        _l("Subsidy until"),
        validators=[InputRequired(_DAY)],
        description=_l("The last day the state pays the interest."),
    )
    graduation_year = IntegerField(
        _l("Year of graduation"), validators=[InputRequired(_l("Enter a year.")), NumberRange(*_YEARS)]
    )
    matures_on = DateField(_l("Last due day"), validators=[InputRequired(_DAY)])
    reason = _reason()


class ReversalForm(FlaskForm):
    """The day a payment was taken back."""

    reversed_on = DateField(
        _l("Taken back on"),
        validators=[InputRequired(_DAY)],
        description=_l("From this day the payment counts no more."),
    )
    reason = _reason()
