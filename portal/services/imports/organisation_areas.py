"""Rows of the organisation workbook: the district, its townships and villages, and its schools."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from models.organisation import (
    District,
    School,
    Township,
    Village,
)
from models.rules import cells
from models.rules.imports import RowOutcome
from models.rules.refusals import Refused
from portal.services.imports.organisation_rows import NAME, Result, State, changed, code_of, named
from portal.services.imports.rows import RowCheck
from portal.sheets.organisation_columns import DISTRICTS, SCHOOLS, TOWNSHIPS, VILLAGES

_YES = frozenset({"是", "true", "1", "y", "yes"})
_CODES = {"districts": 6, "townships": 9, "villages": 12}


def put_district(state: State, check: RowCheck) -> Result | None:
    """Put the district's row; ``None`` when it is rejected."""
    code = code_of(check, _CODES["districts"])
    name = check.words("name", NAME)
    centre = check.words("centre_name", 80)
    landline = check.need("centre_landline", cells.phone)
    fictional = cells.text(check.row["is_fictional"]).lower() in _YES
    if state.district and code and state.district.code != code:
        check.refuse(
            "code", Refused("This installation belongs to another district (%(code)s).", code=state.district.code)
        )
    if check.is_rejected:
        return None
    values: dict[str, Any] = {"name": name, "centre_name": centre, "centre_landline": landline}
    if check.row.has("issuing_mark"):
        values["issuing_mark"] = check.take_words("issuing_mark", 20)
    if check.row.has("is_fictional"):
        values["is_fictional"] = fictional
    if state.district:
        return changed(state.district, values, DISTRICTS)
    state.district = District(code=code, **({"issuing_mark": "资助催", "is_fictional": fictional} | values))
    state.session.add(state.district)
    state.session.flush()
    return RowOutcome.NEW, []


def put_township(state: State, check: RowCheck) -> Result | None:
    """Put a township's row; ``None`` when it is rejected."""
    code = code_of(check, _CODES["townships"])
    name = check.words("name", NAME)
    if state.district is None:
        check.refuse("code", Refused("There is no district yet: add the sheet “区县”."))
    elif code and not code.startswith(state.district.code):
        check.refuse(
            "code", Refused("The code does not begin with the district's code %(code)s.", code=state.district.code)
        )
    if check.is_rejected or state.district is None:
        return None
    held = state.session.scalars(select(Township).where(Township.code == code)).one_or_none()
    if held:
        result = changed(held, {"name": name}, TOWNSHIPS)
        state.townships[name] = held
        return result
    state.townships[name] = Township(code=code, name=name, district_id=state.district.id)
    state.session.add(state.townships[name])
    state.session.flush()
    return RowOutcome.NEW, []


def put_village(state: State, check: RowCheck) -> Result | None:
    """Put a village's row; ``None`` when it is rejected."""
    code = code_of(check, _CODES["villages"])
    name = check.words("name", NAME)
    township = named(state.townships, check, "township")
    if township and code and not code.startswith(township.code):
        check.refuse("code", Refused("The code does not begin with the township's code %(code)s.", code=township.code))
    if check.is_rejected or township is None:
        return None
    held = state.session.scalars(select(Village).where(Village.code == code)).one_or_none()
    if held:
        return changed(held, {"name": name}, VILLAGES)
    state.session.add(Village(code=code, name=name, township_id=township.id))
    state.session.flush()
    return RowOutcome.NEW, []


def put_school(state: State, check: RowCheck) -> Result | None:
    """Put a school's row; ``None`` when it is rejected."""
    code = check.words("code", 20)
    name = check.words("name", 80)
    township = named(state.townships, check, "township")
    landline = check.take("landline", cells.phone, fatal=False)
    if check.is_rejected or township is None:
        return None
    held = state.session.scalars(select(School).where(School.code == code)).one_or_none()
    if held:
        state.schools[name] = held
        return changed(held, {"name": name, "landline": landline or held.landline}, SCHOOLS)
    state.schools[name] = School(code=code, name=name, township_id=township.id, landline=landline or "")
    state.session.add(state.schools[name])
    state.session.flush()
    return RowOutcome.NEW, []
