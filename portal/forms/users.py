"""Forms of the administrator's accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from models.rules.permissions import Role
from portal.words import choices

_SCHOOL_ROLES = (Role.MEMBER.value, Role.DEPUTY.value, Role.LEADER.value)


class RenameForm(FlaskForm):
    """A name put right, and why."""

    name = StringField(
        _l("Name"),
        validators=[DataRequired(_l("Enter the person's name.")), Length(max=40, message=_l("At most 40 characters."))],
        render_kw={"autocomplete": "off"},
    )
    reason = StringField(
        _l("Reason"),
        validators=[DataRequired(_l("Give the reason.")), Length(max=200, message=_l("At most 200 characters."))],
    )


class UserForm(FlaskForm):
    """A new account; the view fills the choices of school and township."""

    name = StringField(
        _l("Name"),
        validators=[DataRequired(_l("Enter the person's name.")), Length(max=40, message=_l("At most 40 characters."))],
        render_kw={"autocomplete": "off"},
    )
    username = StringField(
        _l("Sign-in name"),
        description=_l("Staff number or initials: small letters, digits, dot, hyphen and underscore."),
        validators=[
            DataRequired(_l("Enter a name to sign in with.")),
            Length(max=60, message=_l("At most 60 characters.")),
            Regexp(r"^[A-Za-z0-9._-]+$", message=_l("Use letters, digits, dot, hyphen and underscore only.")),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    role = SelectField(
        _l("Role"),
        choices=lambda: [("", _l("Choose a role")), *choices(Role)],
        validators=[DataRequired(_l("Choose."))],
    )
    school = SelectField(_l("School"), description=_l("For leaders, deputy leaders and members."), default="")
    township = SelectField(_l("Township"), description=_l("For township officials."), default="")

    def validate_school(self, field: SelectField) -> None:
        """Ask for a school where the role has one."""
        if self.role.data in _SCHOOL_ROLES and not field.data:
            raise ValidationError(_l("Choose the school of this person's leadership group."))

    def validate_township(self, field: SelectField) -> None:
        """Ask for a township where the role has one."""
        if self.role.data == Role.TOWNSHIP.value and not field.data:
            raise ValidationError(_l("Choose the township of this official."))

    def place(self) -> tuple[int | None, int | None]:
        """Return ids of school and township as the role wants them; what the role does not have is left aside."""
        school = int(self.school.data) if self.role.data in _SCHOOL_ROLES else None
        township = int(self.township.data) if self.role.data == Role.TOWNSHIP.value else None
        return school, township
