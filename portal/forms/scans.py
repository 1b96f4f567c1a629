"""Forms of scanned receipts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import SelectField
from wtforms.validators import DataRequired


class BundleForm(FlaskForm):
    """The files of one bundle."""

    files = MultipleFileField(
        _l("Scans of the receipts"),
        validators=[DataRequired(_l("Choose the scan of at least one receipt."))],
        description=_l("One PDF, or photos as JPEG, PNG or WebP; one receipt a page, 200 pages and 20 MB at most."),
        render_kw={"accept": "application/pdf,image/jpeg,image/png,image/webp"},
    )


class AssignForm(FlaskForm):
    """Which notice a page belongs to, or which paper of a co-borrower; see ``portal.queries.scans.Choice``."""

    belongs_to = SelectField(_l("Notice"), validators=[DataRequired(_l("Choose the notice."))])
