"""Forms of publicity."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from models.rules.publicity import MOST_LEAFLETS, MOST_PEOPLE, PublicityKind, PublicityTopic
from notices.photos import CleanPhoto, clean_photo
from portal.services.publicity import LENGTHS, Told
from portal.words import choices


class PublicityForm(FlaskForm):
    """What was done."""

    held_on = DateField(_l("Day"), validators=[InputRequired(_l("Enter the day."))])
    kind = SelectField(_l("What it was"), validators=[InputRequired(_l("Choose what it was."))])
    village = SelectField(_l("Village"))
    place = StringField(
        _l("Place"),
        validators=[Length(max=LENGTHS["place"])],
        description=_l("Where no village is meant, or more exactly: the school hall, the market."),
    )
    held_by = StringField(
        _l("Held by"),
        validators=[DataRequired(_l("Say who held it.")), Length(max=LENGTHS["held_by"])],
        description=_l("Names, or seats of the leadership group."),
    )
    people = IntegerField(
        _l("How many people came"),
        validators=[
            InputRequired(_l("Enter how many people came.")),
            NumberRange(0, MOST_PEOPLE, _l("Enter a number from 0 to %(max)s.")),
        ],
    )
    leaflets = IntegerField(
        _l("Leaflets handed out"),
        validators=[
            InputRequired(_l("Enter how many leaflets were handed out; 0 for none.")),
            NumberRange(0, MOST_LEAFLETS, _l("Enter a number from 0 to %(max)s.")),
        ],
    )
    topics = SelectMultipleField(
        _l("What was explained"),
        validators=[DataRequired(_l("Choose at least one thing that was explained."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    note = TextAreaField(
        _l("Note"),
        validators=[Length(max=LENGTHS["note"])],
        description=_l("What people asked, what to do better. No names of borrowers, no numbers of theirs."),
    )
    photo = FileField(
        _l("Photo of the occasion"),
        description=_l(
            "May be left out. JPEG, PNG or WebP; place and device data are removed. Avoid the faces of children."
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )

    def __init__(self, villages: Iterable[tuple[int, str]], **values: object) -> None:
        super().__init__(**values)
        self.kind.choices = [("", "—"), *choices(PublicityKind)]
        self.village.choices = [("", _l("no village")), *((str(number), name) for number, name in villages)]
        self.topics.choices = choices(PublicityTopic)

    def told(self) -> Told:
        """Return what was entered, as the service takes it."""
        return Told(
            held_on=self.held_on.data,
            kind=PublicityKind(self.kind.data),
            held_by=self.held_by.data or "",
            people=self.people.data or 0,
            leaflets=self.leaflets.data or 0,
            topics=frozenset(PublicityTopic(code) for code in self.topics.data or ()),
            village_id=int(self.village.data) if self.village.data else None,
            place=self.place.data or "",
            note=self.note.data or "",
        )

    def picture(self) -> CleanPhoto | None:
        """Return the picture that was sent, re-encoded.

        Raises:
            Refused: it is no picture, or too large.

        """
        data = self.photo.data.read() if self.photo.data else b""
        return clean_photo(data) if data else None


class VoidForm(FlaskForm):
    """Why a record is made void."""

    reason = StringField(
        _l("Why it is void"),
        validators=[DataRequired(_l("Say in a few words why.")), Length(max=LENGTHS["reason"])],
    )
