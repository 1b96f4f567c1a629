"""Forms of imports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, HiddenField, RadioField
from wtforms.validators import InputRequired, Optional

from models.rules.imports import ImportKind
from portal.words import choices

FOUND = "found"
"""Instead of a kind: the file itself is to tell."""


class ApplyForm(FlaskForm):
    """That a list is to be applied; where most of the list before is not on it, that this is so."""

    gone = HiddenField()
    is_so = BooleanField()

    def ask(self, gone: int) -> None:
        """Put the question with its number, which goes along with the answer."""
        self.is_so.label.text = ngettext(
            "Yes, %(num)d contract of the list before is really not on this one",
            "Yes, %(num)d contracts of the list before are really not on this one",
            gone,
        )
        if not self.is_submitted():
            self.gone.data = str(gone)

    @property
    def agreed(self) -> int | None:
        """For how many contracts it is said that they are gone; ``None`` when it is not said."""
        number = self.gone.data or ""
        return int(number) if self.is_so.data and number.isdecimal() else None


class UploadForm(FlaskForm):
    """A list, and what it is."""

    file = FileField(
        _l("The file"),
        validators=[FileRequired(_l("Choose the file."))],
        description=_l("As the bank sends it: .xlsx, .xls, .ods, or text between separators (.csv, .txt)."),
        render_kw={"accept": ".xlsx,.xls,.xlsb,.ods,.csv,.txt,.tsv"},
    )
    kind = RadioField(
        _l("What the list is"),
        choices=lambda: [(FOUND, _l("find out from the file")), *choices(ImportKind)],
        default=FOUND,
        validators=[InputRequired(_l("Say what the list is."))],
    )
    data_on = DateField(
        _l("Data date"),
        validators=[Optional()],
        description=_l("Only where the list itself does not name it."),
    )
    is_strict = BooleanField(
        _l("Take the list only if every row is right"),
        description=_l("Without this tick the good rows go in, and the wrong ones are given back to be mended."),
    )
