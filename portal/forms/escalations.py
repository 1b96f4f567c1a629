"""Forms of escalations."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from models.rules.escalations import (
    ANSWER_DAYS_LEAST,
    ANSWER_DAYS_MOST,
    ANSWER_WORKING_DAYS,
    Help,
)
from models.rules.organisation import Body
from portal.services.escalation_requests import MOST_CHARACTERS
from portal.services.escalations import Ask
from portal.words import choices

_LENGTH = Length(max=MOST_CHARACTERS, message=_l("Write less: a page at most."))


class AskForm(FlaskForm):
    """Whom a leader asks for which one help."""

    body = SelectField(_l("Who is asked"), validators=[InputRequired(_l("Choose who is asked."))])
    help_asked = SelectField(_l("The one help asked for"), validators=[InputRequired(_l("Choose the help."))])
    request = TextAreaField(
        _l("What exactly is asked"),
        validators=[DataRequired(_l("Say what the help should be, in a sentence or two.")), _LENGTH],
        description=_l("Whoever is asked does not learn what is owed: no amounts, telephone or identity numbers."),
    )
    what_was_tried = TextAreaField(
        _l("What was tried so far"),
        validators=[_LENGTH],
        description=_l("Taken from the contacts on record; put it in your own words. The same rule holds."),
    )
    untried_reason = TextAreaField(
        _l("Reason, if less was tried than the procedure asks"),
        validators=[_LENGTH],
        description=_l(
            "Three attempts in two ways come first, except to confirm hardship. Whoever is asked does not see this."
        ),
    )
    working_days = IntegerField(
        _l("Working days for the answer"),
        default=ANSWER_WORKING_DAYS,
        validators=[
            InputRequired(_l("Enter the number of working days.")),
            NumberRange(ANSWER_DAYS_LEAST, ANSWER_DAYS_MOST),
        ],
    )

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.body.choices = choices(Body)
        self.help_asked.choices = choices(Help)

    def ask(self) -> Ask:
        """Return what was entered, as the service takes it."""
        return Ask(
            body=Body(self.body.data),
            help_asked=Help(self.help_asked.data),
            request=self.request.data,
            what_was_tried=self.what_was_tried.data or "",
            untried_reason=self.untried_reason.data or "",
            working_days=self.working_days.data,
        )


class WordsForm(FlaskForm):
    """Why a request is returned, or what was done."""

    text = TextAreaField(_l("In words"), validators=[DataRequired(_l("Write a sentence or two.")), _LENGTH])
