"""Forms of monthly statements: signing what was read, and returning it with a reason."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length


class SignForm(FlaskForm):
    """The digest of what the person has read: nothing else is signed."""

    sha256 = HiddenField(validators=[InputRequired(), Length(min=64, max=64)])


class ReturnForm(FlaskForm):
    """Why a signed statement goes back."""

    reason = StringField(
        _l("Why it is returned"),
        validators=[InputRequired(_l("Say in a few words why.")), Length(max=200)],
        description=_l("For example which contract, and what the lender says of it. No identity or phone numbers."),
    )
