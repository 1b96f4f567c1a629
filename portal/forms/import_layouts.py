"""The form that says what the columns of a list are."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired


class PartsForm(FlaskForm):
    """What the sheets hold: ``part-<sheet>`` and ``row-<sheet>``; their columns are ``column-<sheet>-<place>``."""

    remembers = BooleanField(
        _l("Use this by itself for the next list with these headings"),
        default=True,
        description=_l("You can see and forget what is remembered under “Imports”."),
    )


class LayoutForm(PartsForm):
    """Kind, sheet and heading row as they were shown; the columns themselves are named ``column-<place>``."""

    kind = HiddenField(validators=[InputRequired()])
    sheet = HiddenField(validators=[InputRequired()])
    row = HiddenField(validators=[InputRequired()])
