"""Forms of notices."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateTimeLocalField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from config import COUNTY_TIME
from models.rules.notices import FailureReason
from models.rules.service_of_notice import ASKED, ServiceMethod, SignerRelation
from models.rules.service_on_co_borrower import SIGNERS
from portal.forms.proofs import CoBorrowerFields, ProofFields
from portal.services.attempts import FLAGS, Attempt
from portal.words import choices


def _offered(kind: type[StrEnum], among: Container[str] | None = None) -> list[SelectChoice]:
    """Return the choices of a select that starts with none chosen; ``among``: only these."""
    offered = [SelectChoice(code, label) for code, label in choices(kind) if among is None or code in among]
    return [SelectChoice("", _l("choose")), *offered]


class CallBackForm(FlaskForm):
    """Why a notice is called back."""

    reason = TextAreaField(
        _l("Why the notice is called back"),
        validators=[DataRequired(_l("Say why the notice is called back.")), Length(max=200)],
    )


class EmptyForm(FlaskForm):
    """A form of one button."""


class CodeForm(FlaskForm):
    """The code printed on a notice."""

    code = StringField(
        _l("Code on the notice"),
        validators=[DataRequired(_l("Enter the code printed on the notice.")), Length(max=40)],
        description=_l("Twelve letters and digits below the square code; dashes and spaces do not matter."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


class ServiceForm(ProofFields):
    """One attempt to serve a notice."""

    was_served = RadioField(
        _l("Was the notice served?"),
        choices=[SelectChoice("yes", _l("Yes, it was handed over, left or sent")), SelectChoice("no", _l("No"))],
        validators=[InputRequired(_l("Say whether the notice was served."))],
    )
    method = SelectField(
        _l("Way of service"),
        choices=lambda: _offered(ServiceMethod),
        validators=[DataRequired(_l("Choose the way of service."))],
    )
    at = DateTimeLocalField(
        _l("When"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[InputRequired(_l("Enter day and time."))],
    )
    place = StringField(
        _l("Where"), validators=[Length(max=120)], description=_l("Where it was handed over or left, or was tried.")
    )
    second_visitor = StringField(
        _l("Second deliverer"),
        validators=[Length(max=40)],
        description=_l("Visits are made by two people; name the colleague who came along."),
    )
    failure = SelectField(_l("Why it was not served"), choices=lambda: _offered(FailureReason), validators=[Optional()])
    signer_relation = SelectField(_l("Who that is"), choices=lambda: _offered(SignerRelation), validators=[Optional()])
    note = StringField(_l("Remark"), validators=[Length(max=300)])

    def validate_failure(self, field: SelectField) -> None:
        """Ask for the reason where the notice was not served."""
        if self.was_served.data == "no" and not field.data:
            raise ValidationError(_l("Say why the notice was not served."))

    def ways_asking(self, proof: str) -> str:
        """Return the ways of service that ask for a proof: the page shows its field once one of them is chosen."""
        return " ".join(way.value for way, asked in ASKED.items() if proof in asked)

    def attempt(self) -> Attempt:
        """Return what was entered, as the service takes it."""
        moment: datetime = self.at.data
        return Attempt(
            at=moment.replace(tzinfo=COUNTY_TIME),
            was_served=self.was_served.data == "yes",
            method=ServiceMethod(self.method.data),
            failure=FailureReason(self.failure.data) if self.failure.data and self.was_served.data == "no" else None,
            signer_name=self.signer_name.data or "",
            signer_relation=SignerRelation(self.signer_relation.data) if self.signer_relation.data else None,
            place=self.place.data or "",
            second_visitor=self.second_visitor.data or "",
            witnesses=tuple(
                name.strip() for name in (self.witness_1.data or "", self.witness_2.data or "") if name.strip()
            ),
            post_number=self.post_number.data or "",
            publication=self.publication.data or "",
            refusal_reason=self.refusal_reason.data or "",
            note=self.note.data or "",
            flags=frozenset(name for name in FLAGS if getattr(self, name).data),
        )


class PaperServiceForm(CoBorrowerFields, ServiceForm):
    """One attempt to serve a co-borrower's notice."""

    signer_relation = SelectField(
        _l("Who that is"),
        choices=lambda: _offered(SignerRelation, SIGNERS),
        validators=[Optional()],
    )
