"""Who may do what, and whose rows they see: the only place that names what a role may.

Code asks for a permission, never for a role. ``GRANTS`` says what a role may do, ``REACH`` which borrowers it
may see; a view declares one permission, a query applies the reach.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The part a person plays; one account, one role."""

    MEMBER = "member"
    DEPUTY = "deputy"
    LEADER = "leader"
    CENTRE = "centre"
    TOWNSHIP = "township"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Reach(StrEnum):
    """Which borrowers a role sees."""

    OWN_VILLAGES = "own_villages"
    OWN_SCHOOL = "own_school"
    DISTRICT = "district"
    ESCALATED = "escalated"
    NONE = "none"


class Permission(StrEnum):
    """An act on a resource, named ``resource:act``."""

    TODAY_READ = "today:read"
    ACCOUNT_MANAGE = "account:manage"  # one's own password and sessions
    BORROWERS_READ = "borrowers:read"
    BORROWERS_VERIFY = "borrowers:verify"
    BORROWERS_REVEAL = "borrowers:reveal"  # see an identity or phone number in full, with a reason
    CONTACT_POINTS_CORRECT = "contact_points:correct"
    CONTACTS_LOG = "contacts:log"
    PROMISES_RECORD = "promises:record"
    AREAS_ASSIGN = "areas:assign"
    IMPORTS_READ = "imports:read"
    IMPORTS_RUN = "imports:run"
    RECORDS_DESTROY = "records:destroy"  # whose time of keeping is over; two people
    PAUSES_ENTER = "pauses:enter"
    RELIEFS_RECORD = "reliefs:record"
    CONTRACTS_CHANGE = "contracts:change"
    NOTICES_READ = "notices:read"
    NOTICES_ISSUE = "notices:issue"
    NOTICES_SERVE = "notices:serve"
    PAPERS_READ = "papers:read"  # reminders, statements, leaflets: every paper that is no notice
    PAPERS_ISSUE = "papers:issue"
    PAPERS_SUMMARISE = "papers:summarise"  # a school's work in figures
    PUBLICITY_READ = "publicity:read"
    PUBLICITY_RECORD = "publicity:record"  # of one's own school, or of the centre itself
    WORDINGS_READ = "wordings:read"
    WORDINGS_EDIT = "wordings:edit"
    WORDINGS_APPROVE = "wordings:approve"  # somebody else's
    EVIDENCE_EXPORT = "evidence:export"  # all papers and events about one borrower as one file
    SUSPICIONS_READ = "suspicions:read"
    SUSPICIONS_PROPOSE = "suspicions:propose"
    SUSPICIONS_SIGN = "suspicions:sign"
    SUSPICIONS_REPLY = "suspicions:reply"
    SUSPICIONS_DECIDE = "suspicions:decide"
    ESCALATIONS_READ = "escalations:read"
    ESCALATIONS_SEND = "escalations:send"
    ESCALATIONS_ANSWER = "escalations:answer"
    LIMITATION_READ = "limitation:read"
    LIMITATION_RECORD = "limitation:record"  # what interrupted it, by hand
    RECONCILIATIONS_READ = "reconciliations:read"
    RECONCILIATIONS_SIGN = "reconciliations:sign"  # the monthly statement with the lender
    RECONCILIATIONS_SETTLE = "reconciliations:settle"
    TERMS_READ = "terms:read"  # interest rates and lenders' profiles
    TERMS_MANAGE = "terms:manage"
    RATES_READ = "rates:read"
    RATES_EXPORT = "rates:export"
    RATES_PUBLISH = "rates:publish"
    JOBS_READ = "jobs:read"
    USERS_MANAGE = "users:manage"
    BACKUPS_READ = "backups:read"  # whether there are any, and how old they are
    EVENTS_READ = "events:read"


P = Permission

_EVERYONE = frozenset({P.TODAY_READ, P.ACCOUNT_MANAGE})
_SCHOOL = _EVERYONE | {
    P.BORROWERS_READ,
    P.BORROWERS_VERIFY,
    P.BORROWERS_REVEAL,
    P.CONTACT_POINTS_CORRECT,
    P.CONTACTS_LOG,
    P.PROMISES_RECORD,
    P.NOTICES_READ,
    P.NOTICES_SERVE,
    P.PAPERS_READ,
    P.PAPERS_ISSUE,
    P.PUBLICITY_READ,
    P.PUBLICITY_RECORD,
    P.SUSPICIONS_READ,
    P.SUSPICIONS_REPLY,
    P.ESCALATIONS_READ,
    P.LIMITATION_READ,
    P.RATES_READ,
    P.JOBS_READ,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.MEMBER: _SCHOOL | {P.NOTICES_ISSUE, P.SUSPICIONS_PROPOSE},
    Role.DEPUTY: _SCHOOL
    | {
        P.EVIDENCE_EXPORT,
        P.NOTICES_ISSUE,
        P.PAUSES_ENTER,
        P.AREAS_ASSIGN,
        P.IMPORTS_READ,
        P.RECONCILIATIONS_READ,
        P.RECONCILIATIONS_SIGN,
        P.LIMITATION_RECORD,
        P.RATES_EXPORT,
        P.PAPERS_SUMMARISE,
        P.SUSPICIONS_PROPOSE,
        P.TERMS_READ,
    },
    Role.LEADER: _SCHOOL
    | {
        P.EVIDENCE_EXPORT,
        P.NOTICES_ISSUE,
        P.PAUSES_ENTER,
        P.AREAS_ASSIGN,
        P.SUSPICIONS_SIGN,
        P.ESCALATIONS_SEND,
        P.RATES_EXPORT,
        P.PAPERS_SUMMARISE,
        P.TERMS_READ,
    },
    Role.CENTRE: _EVERYONE
    | {
        P.EVIDENCE_EXPORT,
        P.BORROWERS_READ,
        P.BORROWERS_VERIFY,
        P.BORROWERS_REVEAL,
        P.CONTACT_POINTS_CORRECT,
        P.CONTACTS_LOG,
        P.PROMISES_RECORD,
        P.PAUSES_ENTER,
        P.RELIEFS_RECORD,
        P.CONTRACTS_CHANGE,
        P.AREAS_ASSIGN,
        P.IMPORTS_READ,
        P.IMPORTS_RUN,
        P.RECORDS_DESTROY,
        P.NOTICES_READ,
        P.NOTICES_ISSUE,
        P.PAPERS_READ,
        P.PAPERS_ISSUE,
        P.PUBLICITY_READ,
        P.PUBLICITY_RECORD,
        P.WORDINGS_READ,
        P.WORDINGS_EDIT,
        P.WORDINGS_APPROVE,
        P.SUSPICIONS_READ,
        P.SUSPICIONS_REPLY,
        P.SUSPICIONS_DECIDE,
        P.ESCALATIONS_READ,
        P.ESCALATIONS_ANSWER,  # records the answer of a body without an account
        P.LIMITATION_READ,
        P.LIMITATION_RECORD,
        P.RECONCILIATIONS_READ,
        P.RECONCILIATIONS_SIGN,  # for villages of no school
        P.RECONCILIATIONS_SETTLE,
        P.RATES_READ,
        P.RATES_EXPORT,
        P.PAPERS_SUMMARISE,
        P.RATES_PUBLISH,
        P.TERMS_READ,
        P.TERMS_MANAGE,
        P.JOBS_READ,
    },
    Role.TOWNSHIP: _EVERYONE | {P.ESCALATIONS_READ, P.ESCALATIONS_ANSWER},
    Role.ADMIN: _EVERYONE | {P.USERS_MANAGE, P.BACKUPS_READ, P.JOBS_READ},
    Role.AUDITOR: _EVERYONE | {P.EVENTS_READ},
}

REACH: dict[Role, Reach] = {
    Role.MEMBER: Reach.OWN_VILLAGES,
    Role.DEPUTY: Reach.OWN_SCHOOL,
    Role.LEADER: Reach.OWN_SCHOOL,
    Role.CENTRE: Reach.DISTRICT,
    Role.TOWNSHIP: Reach.ESCALATED,
    Role.ADMIN: Reach.NONE,
    Role.AUDITOR: Reach.NONE,
}


def may(role: Role, permission: Permission) -> bool:
    """Say whether the role holds the permission."""
    return permission in GRANTS[role]
