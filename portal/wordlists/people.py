"""Words for roles, seats, bodies and ways to reach a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.organisation import Body, Seat
from models.rules.permissions import Role

WORDS = {
    Role: {
        Role.MEMBER: _l("member"),
        Role.DEPUTY: _l("deputy leader"),
        Role.LEADER: _l("leader"),
        Role.CENTRE: _l("aid-centre official"),
        Role.TOWNSHIP: _l("township official"),
        Role.ADMIN: _l("administrator"),
        Role.AUDITOR: _l("auditor"),
    },
    Seat: {Seat.LEADER: _l("leader"), Seat.DEPUTY: _l("deputy leader"), Seat.MEMBER: _l("member")},
    Body: {
        Body.TOWNSHIP: _l("township government"),
        Body.CIVIL_AFFAIRS: _l("civil affairs office"),
        Body.VILLAGE: _l("village committee"),
        Body.DISTRICT_GOVERNMENT: _l("district government"),
    },
    ContactKind: {
        ContactKind.PHONE: _l("phone"),
        ContactKind.ADDRESS: _l("address"),
        ContactKind.WECHAT: _l("WeChat"),
        ContactKind.QQ: _l("QQ"),
        ContactKind.EMAIL: _l("e-mail"),
    },
    ContactOwner: {
        ContactOwner.BORROWER: _l("borrower"),
        ContactOwner.CO_BORROWER: _l("co-borrower"),
        ContactOwner.RELATIVE: _l("relative"),
        ContactOwner.OTHER: _l("someone else"),
    },
    ContactSource: {
        ContactSource.BANK: _l("bank's list"),
        ContactSource.BORROWER: _l("borrower"),
        ContactSource.FAMILY: _l("family"),
        ContactSource.VILLAGE: _l("village committee"),
        ContactSource.SCHOOL_FILE: _l("school file"),
        ContactSource.MEMBER: _l("leadership group"),
    },
}
