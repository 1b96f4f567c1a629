"""Which columns each kind of list has."""

from __future__ import annotations

from models.rules.imports import ImportKind
from portal.sheets import columns, more_columns, organisation_columns
from portal.sheets.columns import Layout

LAYOUTS: dict[ImportKind, tuple[Layout, ...]] = {
    ImportKind.ORGANISATION: organisation_columns.ORGANISATION,
    ImportKind.ROSTER: (columns.ROSTER,),
    ImportKind.ARREARS: (columns.ARREARS,),
    ImportKind.REPAYMENTS: (columns.REPAYMENTS,),
    ImportKind.RELIEFS: (more_columns.RELIEFS,),
    ImportKind.CONTACTS: (more_columns.CONTACTS,),
    ImportKind.SCHOOL_ROSTER: (more_columns.SCHOOL_ROSTER,),
}

SINGLE: dict[ImportKind, Layout] = {
    kind: layouts[0] for kind, layouts in LAYOUTS.items() if kind is not ImportKind.ORGANISATION
}
"""Kinds whose list is one sheet, so that its columns can be told one by one."""
