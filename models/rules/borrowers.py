"""Words for how a person is reached and where we have it from."""

from __future__ import annotations

from enum import StrEnum


class ContactKind(StrEnum):
    """What sort of contact point it is."""

    PHONE = "phone"
    ADDRESS = "address"
    WECHAT = "wechat"
    QQ = "qq"
    EMAIL = "email"


class ContactOwner(StrEnum):
    """Whose it is."""

    BORROWER = "borrower"
    CO_BORROWER = "co_borrower"
    RELATIVE = "relative"
    OTHER = "other"


class ContactSource(StrEnum):
    """Where we have it from; a member's word outranks the bank's list."""

    BANK = "bank"
    BORROWER = "borrower"
    FAMILY = "family"
    VILLAGE = "village"
    SCHOOL_FILE = "school_file"
    MEMBER = "member"
