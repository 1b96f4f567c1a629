"""Form of a destruction: why the copies of a list are destroyed."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class AskForm(FlaskForm):
    """The reason, as it stands on record."""

    reason = StringField(
        _l("Why the copies are destroyed"),
        validators=[InputRequired(_l("Say in a few words why.")), Length(max=200)],
    )
