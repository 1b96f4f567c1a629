"""More people in arrears for the small district, where a test needs many."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.services import standings
from tests import world as places
from tests.world import World

_DIGITS = "零一二三四五六七八九"


def crowd(session: Session, world: World, count: int, village: str = "东湾", kind: str = "overdue") -> list[int]:
    """Add people one instalment behind, or of another standing of the small district; return their ids."""
    ids = []
    for number in range(count):
        key, who = (f"crowd{number}", 100 + number) if kind == "overdue" else (f"{kind}{number}", 300 + number)
        places.NAMES[key] = "己" + "".join(_DIGITS[int(digit)] for digit in f"{number:02d}")
        places._borrower(session, world, who, key, village, kind)
        ids.append(world.borrowers[key].id)
    standings.recompute(session, act=world.act(None), borrower_ids=ids)
    return ids
