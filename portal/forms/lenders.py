"""Forms of lenders' profiles."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DecimalField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from models.rules.facts import ALLOCATION, Part
from models.rules.interest import DayCount
from models.rules.lenders import DEFAULT, Profile
from portal.queries.lenders import LenderRow
from portal.services.lenders import LenderTerms
from portal.words import choices

_NUMBER = {"inputmode": "numeric", "autocomplete": "off"}
_NO_MONTH = "0"


class LenderForm(FlaskForm):
    """A profile; ``seen`` are the values whose consequence was shown."""

    name = StringField(
        _l("Lender's name"),
        description=_l("As the lender's lists write it."),
        validators=[
            DataRequired(_l("Enter the lender's name.")),
            Length(max=60, message=_l("At most 60 characters.")),
        ],
    )
    day_count = RadioField(
        _l("How days are counted"),
        choices=lambda: choices(DayCount),
        default=DayCount.HYBRID_360.value,
        validators=[InputRequired(_l("Choose."))],
    )
    penalty_percent = IntegerField(
        _l("Penalty rate, per cent of the contract rate"),
        description=_l("On overdue principal only; 130 where the contract says 30 per cent more."),
        default=130,
        validators=[
            InputRequired(_l("Enter the penalty rate.")),
            NumberRange(100, 200, _l("Between 100 and 200.")),
        ],
        render_kw=_NUMBER,
    )
    first = SelectField(_l("A payment meets first"), choices=lambda: choices(Part), default=ALLOCATION[0].value)
    second = SelectField(_l("Then"), choices=lambda: choices(Part), default=ALLOCATION[1].value)
    third = SelectField(_l("And last"), choices=lambda: choices(Part), default=ALLOCATION[2].value)
    settlement_day = IntegerField(
        _l("Settlement day of the month"),
        description=_l("31 is the last day of every month."),
        default=DEFAULT.settlement_day,
        validators=[InputRequired(_l("Enter the day.")), NumberRange(1, 31, _l("Between 1 and 31."))],
        render_kw=_NUMBER,
    )
    unsettled_month = SelectField(
        _l("Month without a settlement"),
        choices=lambda: [(_NO_MONTH, _l("none")), *((str(month), str(month)) for month in range(1, 13))],
        default=str(DEFAULT.unsettled_month),
    )
    posting_days = IntegerField(
        _l("Days until a settlement is seen in a list"),
        default=DEFAULT.posting_days,
        validators=[InputRequired(_l("Enter the days.")), NumberRange(0, 90, _l("Between 0 and 90."))],
        render_kw=_NUMBER,
    )
    tolerance = DecimalField(
        _l("Tolerance, yuan"),
        description=_l("A smaller difference between the lender's list and our ledger is not reported."),
        places=2,
        default=Decimal("1.00"),
        validators=[InputRequired(_l("Enter the tolerance.")), NumberRange(0, 1000, _l("Between 0 and 1,000."))],
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )
    official_channels = TextAreaField(
        _l("Official ways to pay"),
        description=_l("Printed on notices. No account numbers and no links."),
        validators=[Optional(), Length(max=300, message=_l("At most 300 characters."))],
    )
    seen = HiddenField()

    def validate_third(self, field: SelectField) -> None:
        """Want each part once."""
        if len({self.first.data, self.second.data, field.data}) != len(Part):
            raise ValidationError(_l("Name penalty, interest and principal, each once."))

    def terms(self) -> LenderTerms:
        """Return what was entered."""
        return LenderTerms(
            name=self.name.data.strip(),
            day_count=DayCount(self.day_count.data),
            penalty_percent=self.penalty_percent.data,
            tolerance=self.tolerance.data,
            order=(Part(self.first.data), Part(self.second.data), Part(self.third.data)),
            profile=Profile(
                self.settlement_day.data,
                int(self.unsettled_month.data) or None,
                self.posting_days.data,
            ),
            official_channels=(self.official_channels.data or "").strip(),
        )

    def fill(self, row: LenderRow) -> None:
        """Show a profile that is kept."""
        self.name.data, self.day_count.data = row.name, row.day_count.value
        self.penalty_percent.data, self.tolerance.data = row.penalty_percent, row.tolerance
        self.first.data, self.second.data, self.third.data = (part.value for part in row.order)
        self.settlement_day.data, self.posting_days.data = row.profile.settlement_day, row.profile.posting_days
        self.unsettled_month.data = str(row.profile.unsettled_month or _NO_MONTH)
        self.official_channels.data = row.official_channels


class NewLenderForm(LenderForm):
    """A lender we do not know yet."""

    code = StringField(
        _l("Short code"),
        description=_l("Letters and digits, for spreadsheets."),
        validators=[
            DataRequired(_l("Enter a short code.")),
            Length(max=20, message=_l("At most 20 characters.")),
            Regexp(r"^[A-Za-z0-9]+$", message=_l("Use letters and digits only.")),
        ],
    )
