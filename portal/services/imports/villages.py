"""Villages by the names a list gives them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisation import Township, Village
from models.rules.refusals import Refused

_NEAR = 0.4
_ENDINGS = re.compile(r"(?:村民委员会|居民委员会|村委会|居委会|街道办事处|街道|社区|村|镇|乡)$")


@dataclass(slots=True)
class Places:
    """Villages by name."""

    villages: dict[tuple[str, str], int] = field(default_factory=dict)  # (township, village) -> id
    by_village: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    townships: set[str] = field(default_factory=set)
    labels: dict[int, str] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session) -> Places:
        """Load all villages."""
        found = cls()
        rows = session.execute(
            select(Village.id, Village.name, Township.name).join(Township, Township.id == Village.township_id)
        )
        for village_id, village, township in rows:
            found.villages[township, village] = village_id
            found.by_village.setdefault(village, []).append((township, village_id))
            found.labels[village_id] = f"{township}{village}"
        found.townships = set(session.scalars(select(Township.name)))
        return found

    def village(self, township: str, village: str) -> int:
        """Return a village's id.

        Raises:
            Refused: we hold no such village; the nearest names are suggested.

        """
        exact = self.villages.get((township, village))
        if exact is not None:
            return exact
        alike = {
            village_id
            for (place, name), village_id in self.villages.items()
            if _stem(place) == _stem(township) and _stem(name) == _stem(village)
        }
        if len(alike) == 1:  # 柳湾 is 柳湾村, unless there is a 柳湾社区 too
            return alike.pop()
        if township and township not in self.townships:
            near = _nearest(township, self.townships)
            if near:
                raise Refused(
                    "There is no township “%(township)s” in the district; “%(near)s” is the nearest name.",
                    township=township,
                    near=near,
                )
            raise Refused("There is no township “%(township)s” in the district.", township=township)
        if not township and len(self.by_village.get(village, ())) == 1:
            return self.by_village[village][0][1]
        mine = [name for place, name in self.villages if not township or place == township]
        near = _nearest(village, mine)
        if near:
            raise Refused(
                "There is no village “%(village)s” in %(township)s; “%(near)s” is the nearest name.",
                village=village,
                township=township or "—",
                near=near,
            )
        elsewhere = [place for place, _ in self.by_village.get(village, ())]
        if elsewhere:
            raise Refused(
                "There is no village “%(village)s” in %(township)s; there is one in %(elsewhere)s.",
                village=village,
                township=township,
                elsewhere="、".join(elsewhere),
            )
        raise Refused(
            "There is no village “%(village)s” in %(township)s: correct the name, or import the organisation first.",
            village=village,
            township=township or "—",
        )


def _stem(name: str) -> str:
    """Return a place's name without its kind; a name that is nothing else stays."""
    return _ENDINGS.sub("", name) or name


def _nearest(name: str, names: Iterable[str]) -> str | None:
    by_stem = {_stem(one): one for one in names}
    near = difflib.get_close_matches(_stem(name), by_stem, 1, _NEAR)
    return by_stem[near[0]] if near else None
