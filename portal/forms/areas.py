"""Forms of areas."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired

from portal.queries.areas import Keeper, SeatChoice


class AssignForm(FlaskForm):
    """Whom a village is given to: a school with one of its group, or a school that has still to name somebody."""

    keeper = SelectField(_l("Looked after by"), validators=[InputRequired(_l("Choose who looks after it."))])

    def offer(self, seats: tuple[SeatChoice, ...], present: Keeper) -> None:
        """List the people by school, and for each school nobody yet."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for seat in seats:
            people = groups.setdefault(
                seat.school, [(f"{seat.school_id}-", _("%(school)s, nobody yet", school=seat.school))]
            )
            people.append((f"{seat.school_id}-{seat.seat_id}", seat.person))
        self.keeper.choices = groups
        if not self.is_submitted() and present.school_id is not None:
            self.keeper.data = f"{present.school_id}-{present.seat_id or ''}"

    @property
    def chosen(self) -> tuple[int, int | None]:
        """Return (school id, seat id or ``None``)."""
        school, _dash, seat = self.keeper.data.partition("-")
        return int(school), int(seat) if seat else None
