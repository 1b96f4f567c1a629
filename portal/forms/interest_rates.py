"""Forms of published rates and spreads."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, DecimalField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from models.rules.interest_rates import RateBasis, Reference, Spread
from portal.words import choices

_SOURCE = [
    InputRequired(_l("Say where the figure is published.")),
    Length(max=200, message=_l("At most 200 characters.")),
]
_PERCENT = {"inputmode": "decimal", "autocomplete": "off"}


class ReferenceForm(FlaskForm):
    """A published rate; ``seen`` are the values whose consequence was shown."""

    basis = SelectField(_l("Published rate"), choices=lambda: choices(RateBasis))
    from_on = DateField(_l("Published on"), validators=[InputRequired(_l("Enter the day."))])
    rate = DecimalField(
        _l("Rate, per cent a year"),
        places=2,
        validators=[InputRequired(_l("Enter the rate."))],
        render_kw=_PERCENT,
    )
    source = StringField(
        _l("Source"), description=_l("The announcement and its number, or the page it stands on."), validators=_SOURCE
    )
    is_confirmed = BooleanField(_l("I have held the figure against the publication."))
    seen = HiddenField()

    def row(self) -> Reference:
        """Return what was entered."""
        return Reference(
            RateBasis(self.basis.data),
            self.from_on.data,
            self.rate.data,
            self.source.data.strip(),
            is_confirmed=self.is_confirmed.data,
        )

    def fill(self, row: Reference) -> None:
        """Show a rate that is kept."""
        self.basis.data, self.from_on.data, self.rate.data = row.basis.value, row.from_on, row.rate_pct
        self.is_confirmed.data = row.is_confirmed


class SpreadForm(FlaskForm):
    """What contracts add to a published rate; ``seen`` as above."""

    signed_from = DateField(
        _l("For contracts signed from"),
        description=_l("It holds for contracts signed until the day the next group begins."),
        validators=[InputRequired(_l("Enter the day."))],
    )
    ends_from = IntegerField(
        _l("From the interest year"),
        description=_l("The year in which it ends: 2027 runs from 21 December 2026 to 20 December 2027."),
        validators=[InputRequired(_l("Enter the year."))],
    )
    basis = SelectField(_l("Published rate"), choices=lambda: choices(RateBasis))
    spread = DecimalField(
        _l("Added to it, percentage points"),
        description=_l("Below it with a minus: -0.70."),
        places=2,
        validators=[InputRequired(_l("Enter the spread."))],
        render_kw={"autocomplete": "off"},
    )
    source = StringField(_l("Source"), description=_l("The circular or the contract."), validators=_SOURCE)
    is_confirmed = BooleanField(_l("I have held the figure against the publication."))
    seen = HiddenField()

    def row(self) -> Spread:
        """Return what was entered."""
        return Spread(
            self.signed_from.data,
            self.ends_from.data,
            RateBasis(self.basis.data),
            self.spread.data,
            self.source.data.strip(),
            is_confirmed=self.is_confirmed.data,
        )

    def fill(self, row: Spread) -> None:
        """Show a spread that is kept."""
        self.signed_from.data, self.ends_from.data = row.signed_from, row.ends_from
        self.basis.data, self.spread.data = row.basis.value, row.spread_pct
        self.is_confirmed.data = row.is_confirmed
