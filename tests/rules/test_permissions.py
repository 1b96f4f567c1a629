"""The tables of who may do what, and whose rows they see."""

import pytest

from models.rules.permissions import GRANTS, REACH, Permission, Reach, Role, may

P = Permission


def test_every_role_has_grants_and_a_reach() -> None:
    assert set(GRANTS) == set(Role)
    assert set(REACH) == set(Role)


def test_every_permission_is_held_by_somebody() -> None:
    assert frozenset().union(*GRANTS.values()) == set(Permission)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (P.SUSPICIONS_PROPOSE, P.SUSPICIONS_DECIDE),
        (P.SUSPICIONS_PROPOSE, P.SUSPICIONS_SIGN),
        (P.SUSPICIONS_SIGN, P.SUSPICIONS_DECIDE),
        (P.ESCALATIONS_SEND, P.ESCALATIONS_ANSWER),
        (P.USERS_MANAGE, P.BORROWERS_READ),
        (P.EVENTS_READ, P.BORROWERS_READ),
        (P.USERS_MANAGE, P.EVENTS_READ),
    ],
)
def test_nobody_holds_both_ends(role: Role, one: Permission, other: Permission) -> None:
    assert not {one, other} <= GRANTS[role]


@pytest.mark.parametrize("role", Role)
def test_who_reads_borrowers_has_a_reach_and_who_has_none_touches_none(role: Role) -> None:
    if may(role, P.BORROWERS_READ):
        assert REACH[role] in {Reach.OWN_VILLAGES, Reach.OWN_SCHOOL, Reach.DISTRICT}
    else:
        assert REACH[role] in {Reach.ESCALATED, Reach.NONE}
        about_borrowers = {
            permission
            for permission in Permission
            if permission.partition(":")[0]
            in {"borrowers", "contact_points", "contacts", "promises", "notices", "suspicions", "imports"}
        }
        assert not about_borrowers & GRANTS[role]


def test_the_township_sees_only_what_is_escalated_and_no_amounts() -> None:
    assert REACH[Role.TOWNSHIP] is Reach.ESCALATED
    assert not may(Role.TOWNSHIP, P.RATES_READ)
    assert not may(Role.TOWNSHIP, P.BORROWERS_REVEAL)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_may_reads_the_table(role: Role, permission: Permission) -> None:
    assert may(role, permission) is (permission in GRANTS[role])


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_is_a_resource_and_an_act(permission: Permission) -> None:
    resource, colon, act = permission.partition(":")
    assert resource
    assert colon
    assert act
