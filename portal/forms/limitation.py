"""Forms of the limitation watch."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from models.rules.limitation import InterruptionKind
from portal.words import choices


class InterruptionForm(FlaskForm):
    """What started the three years anew, and what proves it."""

    kind = RadioField(_l("What happened"), validators=[InputRequired(_l("Choose what happened."))])
    on = DateField(
        _l("On which day"),
        validators=[InputRequired(_l("Enter the day."))],
        description=_l("The day it reached the other side, was signed, or was filed with the court."),
    )
    proof = StringField(
        _l("What proves it"),
        validators=[DataRequired(_l("Say what proves it and where the paper is kept.")), Length(max=200)],
        description=_l("For example: promise signed before two of us, binder 2026-3. No identity or phone numbers."),
    )
    is_proven = BooleanField(_l("The paper is at hand and signed, stamped, or shows that it arrived"))

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.kind.choices = choices(InterruptionKind)


class VoidForm(FlaskForm):
    """Why something written down is taken back."""

    reason = StringField(
        _l("Why it is taken back"), validators=[DataRequired(_l("Say in a few words why.")), Length(max=200)]
    )
