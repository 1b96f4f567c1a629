"""Forms of wordings: one box for each passage of a kind, and the acts of its versions."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from models.rules.papers import PaperKind
from notices.wording import KINDS
from notices.wording_checks import MOST_CHARACTERS
from portal.words import word

_PLENTY = 4 * MOST_CHARACTERS  # more is no slip of the pen; the sentence about the limit is said before


class ReasonForm(FlaskForm):
    """Why the wording changes, or what is to be mended."""

    reason = StringField(_l("Reason"), validators=[DataRequired(_l("Say in a few words why.")), Length(max=300)])


class ApproveForm(FlaskForm):
    """From when papers take the version."""

    from_on = DateField(
        _l("In force from"),
        validators=[InputRequired(_l("Enter the day."))],
        description=_l("Papers issued from this day on take it; those issued before keep theirs."),
    )


class TextsForm(FlaskForm):
    """The passages of one kind; fields are made for each kind by ``texts_form``."""

    def texts(self) -> dict[str, str]:
        """Return what was typed, by passage."""
        return {field.name: field.data or "" for field in self if isinstance(field, TextAreaField)}


def texts_form(kind: PaperKind, texts: Mapping[str, str]) -> TextsForm:
    """Return the form of a kind's passages, filled with texts until it is sent."""
    fields = {
        rule.name.value: TextAreaField(
            word(rule.name),
            validators=[Length(max=_PLENTY)],
            description=_l("One item a line.") if rule.is_list else "",
            render_kw={"rows": 4},
        )
        for rule in KINDS[kind].rules
    }
    shape: type[TextsForm] = type("KindForm", (TextsForm,), fields)
    return shape(data=dict(texts))
