"""Forms of papers that are no notices."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired


class SummaryForm(FlaskForm):
    """Whose work, and since when."""

    school = SelectField(_l("School"), coerce=int, validators=[InputRequired(_l("Choose the school."))])
    from_on = DateField(
        _l("First day of the period"),
        validators=[InputRequired(_l("Enter the day."))],
        description=_l("The period ends today."),
    )
