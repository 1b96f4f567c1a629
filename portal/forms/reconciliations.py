"""Form of a reconciliation: what a clerk found out about one difference."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import Length, Optional


class NoteForm(FlaskForm):
    """A note, and whether the difference is explained."""

    note = StringField(
        _l("What was found out"),
        validators=[Optional(), Length(max=200)],
        description=_l("For example what the lender answered, and on which day. No identity or phone numbers."),
    )
    is_explained = BooleanField(_l("The difference is explained"))

    def validate(self, extra_validators: object = None) -> bool:  # noqa: ARG002  # its signature
        """Check the fields, and that an explanation has words."""
        if not super().validate():
            return False
        if self.is_explained.data and not (self.note.data or "").strip():
            self.note.errors = [_l("Say what explains the difference.")]
            return False
        return True
