"""The form of a handover: the receiver's words, and nothing else to fill in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from models.rules.handovers import REMARKS_MOST


class AcceptForm(FlaskForm):
    """What the receiver asks or wants to have said."""

    remarks = TextAreaField(
        _l("Questions and remarks"),
        validators=[Optional(), Length(max=REMARKS_MOST, message=_l("Please keep to %(max)d characters."))],
        description=_l(
            "For example what is still unclear, or which paper was not there. No identity or phone numbers."
        ),
    )
