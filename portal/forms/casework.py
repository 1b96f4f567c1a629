"""Forms of casework: a contact with all that came of it, contact points, questions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DateTimeLocalField,
    DecimalField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from config import COUNTY_TIME
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.contacts import OUTCOMES, Cause, ContactMethod, NextStep, Outcome, Reached
from portal.queries.contact_points import PointRow
from portal.services.contacts import ContactFacts
from portal.words import choices, word

_MOMENT = "%Y-%m-%dT%H:%M"
_NONE = ("", _l("—"))


class ContactForm(FlaskForm):
    """A call, visit, message or letter, and what came of it."""

    method = RadioField(_l("How"), validators=[InputRequired(_l("Say how the contact was made."))])
    point = SelectField(_l("Number or address"), description=_l("Masked; the one to try first stands first."))
    at = DateTimeLocalField(
        _l("When"), format=[_MOMENT, "%Y-%m-%d %H:%M"], validators=[InputRequired(_l("Say when it was."))]
    )
    second_visitor = StringField(
        _l("Who went along"),
        validators=[Optional(), Length(max=40)],
        description=_l("For a visit: it is made by two or more."),
    )
    reached = RadioField(_l("Who was reached"), validators=[InputRequired(_l("Say who was reached."))])
    outcome = SelectField(_l("What came of it"), validators=[InputRequired(_l("Say what came of it."))])
    promised_amount = DecimalField(
        _l("Amount promised, yuan"), places=2, validators=[Optional()], description=_l("For a promise to pay.")
    )
    promised_for = DateField(_l("To be paid by"), validators=[Optional()], description=_l("For a promise to pay."))
    new_number = StringField(
        _l("New phone number"),
        validators=[Optional(), Length(max=30)],
        description=_l("If one was given."),
        render_kw={"inputmode": "tel", "autocomplete": "off"},
    )
    cause = SelectField(_l("Cause of the arrears"), validators=[Optional()])
    next_step = SelectField(_l("Next step"), validators=[Optional()])
    next_step_on = DateField(_l("By which day"), validators=[Optional()])
    note = TextAreaField(
        _l("Note"),
        validators=[Optional(), Length(max=2000)],
        description=_l("In your own words; no identity or phone numbers here."),
    )
    breach_reason = StringField(_l("Why the limits could not be kept"), validators=[Optional(), Length(max=300)])

    def offer(self, points: tuple[PointRow, ...], *, now: datetime, chosen: int | None) -> None:
        """Fill the choices; a fresh form starts with this moment and the contact point to try first."""
        self.method.choices = choices(ContactMethod)
        self.reached.choices = choices(Reached)
        self.outcome.choices = {"": [_NONE], **outcome_groups()}
        self.cause.choices = [_NONE, *choices(Cause)]
        self.next_step.choices = [_NONE, *choices(NextStep)]
        usable = [point for point in points if point.ended_on is None]
        self.point.choices = [_NONE, *((str(point.id), point_words(point)) for point in usable)]
        if not self.is_submitted():
            known = chosen in {point.id for point in usable}
            first = next((point for point in usable if point.kind is ContactKind.PHONE), None)
            self.at.data = now.astimezone(COUNTY_TIME).replace(tzinfo=None, second=0, microsecond=0)
            self.method.data = ContactMethod.CALL.value
            self.point.data = str(chosen) if known else str(first.id) if first else ""

    @property
    def facts(self) -> ContactFacts:
        """Return what was told, as the service wants it."""
        return ContactFacts(
            at=self.at.data.replace(tzinfo=COUNTY_TIME),
            method=ContactMethod(self.method.data),
            reached=Reached(self.reached.data),
            outcome=Outcome(self.outcome.data),
            point_id=int(self.point.data) if self.point.data else None,
            second_visitor=self.second_visitor.data or "",
            cause=Cause(self.cause.data) if self.cause.data else None,
            next_step=NextStep(self.next_step.data) if self.next_step.data else None,
            next_step_on=self.next_step_on.data,
            note=self.note.data or "",
            promised_amount=self.promised_amount.data,
            promised_for=self.promised_for.data,
            new_number=self.new_number.data or "",
            breach_reason=self.breach_reason.data or "",
        )


class PointForm(FlaskForm):
    """A number or address that was not known before."""

    kind = SelectField(_l("Kind"), validators=[InputRequired()])
    text = StringField(
        _l("Number or address"),
        validators=[DataRequired(_l("Enter the number or address.")), Length(max=120)],
        render_kw={"autocomplete": "off"},
    )
    owner = SelectField(_l("Whose"), validators=[InputRequired()])
    source = SelectField(_l("From whom we have it"), validators=[InputRequired()])

    def offer(self) -> None:
        """Fill the choices."""
        self.kind.choices = choices(ContactKind)
        self.owner.choices = choices(ContactOwner)
        self.source.choices = _sources()


class ReplaceForm(FlaskForm):
    """A new value in the place of a contact point."""

    text = StringField(
        _l("New number or address"),
        validators=[DataRequired(_l("Enter the number or address.")), Length(max=120)],
        render_kw={"autocomplete": "off"},
    )
    source = SelectField(_l("From whom we have it"), validators=[InputRequired()])
    reason = StringField(
        _l("Why the old one goes"), validators=[DataRequired(_l("Say in a few words why.")), Length(max=100)]
    )

    def offer(self) -> None:
        """Fill the choices."""
        self.source.choices = _sources()


class EndPointForm(FlaskForm):
    """Why a contact point is no longer used."""

    reason = StringField(
        _l("Why it is no longer used"),
        validators=[DataRequired(_l("Say in a few words why.")), Length(max=100)],
        description=_l("For example: wrong person, number does not exist, asked not to be called"),
    )


class QuestionForm(FlaskForm):
    """A question to be answered later, or its answer."""

    text = TextAreaField(_l("Text"), validators=[DataRequired(_l("Write the text first.")), Length(max=1000)])


def point_words(point: PointRow) -> str:
    """Return a contact point as a choice: masked, whose, how far it can be relied on."""
    whose = point.co_borrower or word(point.owner)
    return f"{point.masked} · {whose} · {word(point.confidence)}"


def outcome_groups() -> dict[str, list[tuple[str, Any]]]:
    """Return the outcomes grouped by who can have given them; each stands once."""
    groups: dict[tuple[Reached, ...], list[Outcome]] = {}
    for outcome in Outcome:
        who = tuple(reached for reached in Reached if outcome in OUTCOMES[reached])
        groups.setdefault(who, []).append(outcome)
    return {
        "、".join(word(reached) for reached in who): [(one.value, word(one)) for one in outcomes]
        for who, outcomes in groups.items()
    }


def _sources() -> list[tuple[str, Any]]:
    """Everything but the bank: its lists come in by import."""
    return [pair for pair in choices(ContactSource) if pair[0] != ContactSource.BANK.value]
