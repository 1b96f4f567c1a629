"""The form by which a proof is mended: only what its way of service asks for, and only what is missing."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, StringField
from wtforms.fields import Field
from wtforms.validators import Length

from models.rules.service_of_notice import ASKED, ServiceMethod
from notices.photos import CleanPhoto, clean_photo
from portal.services.attempts import FLAGS
from portal.services.proofs import Addition

_FIELDS = {"deliverers": ("second_visitor",), "photo_sha256": ("photo",), "witnesses": ("witness_1", "witness_2")}
"""Names of fields where they differ from the proof's name."""


class ProofFields(FlaskForm):
    """What proves a service, way by way: entered with the attempt, or added to it later."""

    signer_name = StringField(
        _l("Signed by"), validators=[Length(max=60)], description=_l("The name as it stands on the receipt.")
    )
    signed = BooleanField(_l("The receipt bears a signature or thumbprint"))
    lives_together = BooleanField(_l("The relative is adult and lives with the borrower"))
    authorisation_seen = BooleanField(_l("The authorised person showed the authority"))
    refusal_reason = StringField(
        _l("Why it was not signed"), validators=[Length(max=300)], description=_l("Who refused, and the reason given.")
    )
    witness_1 = StringField(_l("First witness"), validators=[Length(max=40)])
    witness_2 = StringField(_l("Second witness"), validators=[Length(max=40)])
    post_number = StringField(_l("Number of the registered letter"), validators=[Length(max=40)])
    address_confirmed = BooleanField(_l("The borrower gave or confirmed this address or number"))
    arrival_confirmed = BooleanField(_l("Its arrival is confirmed"))
    returned = BooleanField(_l("It came back"))
    whereabouts_unknown = BooleanField(_l("A search was made and nobody was found"))
    publication = StringField(_l("Name of the medium"), validators=[Length(max=80)])
    provincial_or_national = BooleanField(_l("It is a provincial or national medium"))
    photo = FileField(
        _l("Photo of the signed receipt, or of the notice at the door"),
        description=_l("JPEG, PNG or WebP; place and device data are removed."),
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )

    def photos(self) -> list[CleanPhoto]:
        """Return the picture that was sent, re-encoded; none when none was.

        Raises:
            Refused: it is no picture, or too large.

        """
        data = self.photo.data.read() if self.photo.data else b""
        return [clean_photo(data)] if data else []


class CoBorrowerFields(FlaskForm):
    """What is asked in other words of a co-borrower's notice."""

    lives_together = BooleanField(_l("The relative is adult and lives with the co-borrower"))
    address_confirmed = BooleanField(_l("The co-borrower gave or confirmed this address or number"))


class ProofForm(ProofFields):
    """What is added to the proof of a service."""

    second_visitor = StringField(_l("Second deliverer"), validators=[Length(max=40)])

    def asked(self, method: ServiceMethod) -> list[Field]:
        """Return the fields a way of service asks for, in its order; who signed is on record and stays."""
        names = [name for proof in ASKED[method] for name in _FIELDS.get(proof, (proof,))]
        return [self[name] for name in names if name in self]

    def addition(self) -> Addition:
        """Return what was entered, as the service takes it."""
        return Addition(
            signer_name=self.signer_name.data or "",
            second_visitor=self.second_visitor.data or "",
            post_number=self.post_number.data or "",
            publication=self.publication.data or "",
            refusal_reason=self.refusal_reason.data or "",
            witnesses=(self.witness_1.data or "", self.witness_2.data or ""),
            flags=frozenset(name for name in FLAGS if getattr(self, name).data),
        )


class PaperProofForm(CoBorrowerFields, ProofForm):
    """What is added to the proof of the service of a co-borrower's notice."""
