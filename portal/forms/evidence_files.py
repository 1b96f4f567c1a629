"""The form by which an evidence file is asked for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length


class EvidenceForm(FlaskForm):
    """Why the file is needed."""

    reason = StringField(
        _l("What the file is for"),
        validators=[DataRequired(_l("Say what the file is for.")), Length(min=2, max=200)],
        description=_l("It stands on the front page and is recorded with your name."),
    )
