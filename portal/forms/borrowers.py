"""Forms of borrowers: search, verifying, looking at a full number."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

_REASON = [DataRequired(_l("Say in a few words why.")), Length(max=200, message=_l("At most 200 characters."))]


class SearchForm(FlaskForm):
    """One box. It is sent by POST, so that no name or number stands in an address or a log."""

    q = StringField(
        _l("Search"),
        validators=[
            DataRequired(_l("Type what you search for.")),
            Length(max=60, message=_l("At most 60 characters: type less.")),
        ],
        description=_l(
            "Name, pinyin initials, village, contract or notice number, "
            "or the last four of the identity or phone number"
        ),
        render_kw={"autocomplete": "off", "spellcheck": "false", "maxlength": 60},
    )


class VerifyForm(FlaskForm):
    """Whom the details were checked with."""

    source = StringField(
        _l("Checked with"),
        validators=_REASON,
        description=_l("For example: the borrower by telephone, the village committee, the school file"),
    )
    is_out_of_touch = BooleanField(
        _l("Out of touch: every known number and address was tried in vain"),
    )


class RevealForm(FlaskForm):
    """Why a full number is needed."""

    reason = StringField(
        _l("Why you need the full number"),
        validators=_REASON,
        description=_l("It is recorded with your name and the time."),
    )
