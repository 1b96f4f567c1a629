"""The files of bank and district, written as spreadsheets with the official headings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from portal.demo import places
from portal.demo.fates import Demo, Payment, Told
from portal.demo.people import Person
from portal.sheets import columns, organisation_columns
from portal.sheets.columns import Layout

ORGANISATION = "组织机构.xlsx"
ROSTER = "贷款合同清单.xlsx"
REPAYMENTS = "还款清单.xlsx"
ARREARS = "逾期名单.xlsx"
REPAYMENTS_SINCE = "还款清单（名单之后）.xlsx"

_NEVER = datetime(2026, 1, 1)  # noqa: DTZ001  # the file's own stamp: the same each time, and it has no zone
_WIDTH = 16

Cell = str | int | Decimal | date | None
Row = dict[str, Cell]


def write_all(demo: Demo, folder: Path, logins: dict[tuple[str, str], str]) -> None:
    """Write the files of a demo district into a folder.

    Args:
        demo: the district.
        folder: where; made when missing, files of the same names are replaced.
        logins: sign-in names of people of leadership groups by (school, name).

    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / ORGANISATION, organisation(demo, logins))
    _write(folder / ROSTER, ((columns.ROSTER, roster(demo)),))
    _write(folder / REPAYMENTS, ((columns.REPAYMENTS, repayments(demo, demo.payments_by_list)),))
    _write(folder / ARREARS, ((columns.ARREARS, arrears(demo)),))
    _write(folder / REPAYMENTS_SINCE, ((columns.REPAYMENTS, repayments(demo, demo.payments_since)),))


def organisation(demo: Demo, logins: dict[tuple[str, str], str]) -> tuple[tuple[Layout, list[Row]], ...]:
    """Return the sheets of the organisation."""
    began = date(demo.days.data_on.year - 1, 9, 1)
    seats: list[Row] = []
    for school in demo.district.schools:
        people = [(school.leader, "组长"), (school.deputy, "副组长"), *((name, "成员") for name in school.members)]
        seats += [
            {
                "school": school.name,
                "person_name": name,
                "seat": seat,
                "username": logins.get((school.name, name)),
                "from_on": began,
            }
            for name, seat in people
        ]
    district: Row = {
        "code": places.DISTRICT_CODE,
        "name": places.DISTRICT,
        "centre_name": places.CENTRE,
        "centre_landline": places.CENTRE_LANDLINE,
        "issuing_mark": places.ISSUING_MARK,
        "is_fictional": "是",
    }
    lender: Row = {"name": places.LENDER, "code": places.LENDER_CODE, "official_channels": places.CHANNELS}
    return (
        (organisation_columns.DISTRICTS, [district]),
        (organisation_columns.TOWNSHIPS, [{"code": code, "name": name} for code, name in demo.district.townships]),
        (
            organisation_columns.VILLAGES,
            [{"code": one.code, "name": one.name, "township": one.township} for one in demo.district.villages],
        ),
        (
            organisation_columns.SCHOOLS,
            [
                {"code": one.code, "name": one.name, "township": one.township, "landline": one.landline}
                for one in demo.district.schools
            ],
        ),
        (organisation_columns.SEATS, seats),
        (
            organisation_columns.ASSIGNMENTS,
            [
                {
                    "township": one.township,
                    "village": one.name,
                    "school": one.school,
                    "member": one.member,
                    "from_on": began,
                }
                for one in demo.district.villages
            ],
        ),
        (organisation_columns.LENDERS, [lender]),
    )


def roster(demo: Demo) -> list[Row]:
    """Return the rows of the roster of contracts."""
    return [_contract(demo, life.person, told) for life in demo.lives for told in life.told]


def arrears(demo: Demo) -> list[Row]:
    """Return the rows of the complete arrears list."""
    return [
        {
            "contract_no": told.contract.contract_no,
            "name": life.person.name,
            "id_number": life.person.id_number,
            "lender": places.LENDER,
            "overdue_principal": told.line.principal,
            "overdue_interest": told.line.interest,
            "penalty": told.line.penalty,
            "total": told.line.total,
            "overdue_since": told.line.since,
            "data_on": demo.days.data_on,
        }
        for life in demo.lives
        for told in life.told
        if told.line
    ]


def repayments(demo: Demo, payments: Sequence[Payment]) -> list[Row]:
    """Return the rows of a list of repayments; each has a number of its own for the bank's whole file."""
    numbers = {id(payment): number for number, payment in enumerate(demo.payments, start=1)}
    return [
        {
            "contract_no": payment.contract_no,
            "paid_on": payment.paid_on,
            "amount": payment.amount,
            "bank_reference": f"LS{payment.paid_on:%Y%m%d}{numbers[id(payment)]:06d}",
            "lender": places.LENDER,
        }
        for payment in payments
    ]


def _contract(demo: Demo, person: Person, told: Told) -> Row:
    contract = told.contract
    return {
        "contract_no": contract.contract_no,
        "name": person.name,
        "id_number": person.id_number,
        "co_name": person.co_name,
        "co_id_number": person.co_id_number,
        "co_phone": person.co_phone,
        "relation": person.relation,
        "address": person.address,
        "township": person.village.township,
        "village": person.village.name,
        "school_name": person.high_school,
        "college": person.college,
        "enrolment_year": person.enrolment_year,
        "graduation_year": person.graduation_year,
        "lender": places.LENDER,
        "signed_on": contract.signed_on,
        "principal": contract.principal,
        "balance": told.balance,
        "rate": contract.rate_pct,
        "subsidy_ends_on": contract.subsidy_ends_on,
        "grace_years": contract.grace_years,
        "matures_on": contract.matures_on,
        "phone": person.phone,
        "settled_on": told.settled_on,
        "deferred_until": told.put_off_until,
        "data_on": demo.days.data_on,
    }


def _write(path: Path, sheets: Sequence[tuple[Layout, list[Row]]]) -> None:
    """Write a workbook: bold headings, numbers of persons as text, dates as dates, amounts as figures."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": _NEVER, "title": path.stem})
        bold = book.add_format({"bold": True})
        plain, words, day, yuan = (
            book.add_format({"num_format": shape}) for shape in ("General", "@", "yyyy-mm-dd", "0.00##")
        )
        for layout, rows in sheets:
            sheet = book.add_worksheet(layout.names[0] if layout.names else layout.title)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(layout.columns) - 1, _WIDTH)
            for at, column in enumerate(layout.columns):
                sheet.write_string(0, at, column.heading, bold)
                for number, row in enumerate(rows, start=1):
                    cell = row.get(column.key)
                    if cell is None or cell == "":
                        continue
                    if isinstance(cell, str):
                        sheet.write_string(number, at, cell, words)
                    elif isinstance(cell, date):
                        sheet.write_datetime(number, at, cell, day)
                    else:
                        sheet.write_number(number, at, cell, yuan if isinstance(cell, Decimal) else plain)
