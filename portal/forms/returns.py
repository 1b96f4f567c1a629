"""Forms of returns and scanned receipts."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, StringField
from wtforms.validators import InputRequired, Length

from config import COUNTY_TIME
from models.rules.returns import LONGEST_TEXT
from portal.services.returns import Walk


class WalkForm(FlaskForm):
    """What holds for every notice of a round."""

    walked_at = DateTimeLocalField(
        _l("When you walked"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[InputRequired(_l("Enter day and time."))],
        description=_l("It becomes the time of service of each notice; enter one with another time on its own page."),
    )
    second_visitor = StringField(
        _l("Second deliverer"),
        validators=[Length(max=40)],
        description=_l("Visits are made by two people; name the colleague who came along."),
    )
    witness_1 = StringField(
        _l("First witness"),
        validators=[Length(max=40)],
        description=_l("Only for notices that were left without a signature: who of the village stood by."),
    )
    witness_2 = StringField(_l("Second witness"), validators=[Length(max=40)])

    def walk(self) -> Walk:
        """Return what was entered, as the service takes it."""
        moment: datetime = self.walked_at.data
        return Walk(
            moment.replace(tzinfo=COUNTY_TIME),
            self.second_visitor.data or "",
            self.witness_1.data or "",
            self.witness_2.data or "",
        )


class LineForm(FlaskForm):
    """One scanned or typed code with its outcome."""

    line = StringField(
        _l("Code and outcome"),
        validators=[Length(max=LONGEST_TEXT)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "autofocus": True},
    )
