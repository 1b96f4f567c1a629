"""Who stands on a roster: of each person a few numbers, so that a million rows are not held as objects."""

from __future__ import annotations

from array import array
from datetime import date

_NEVER = 0  # no day has this ordinal


class ListedPeople:
    """What the rows of one roster say of each person: about 170 bytes for each, most of them for finding it again."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}  # index of the identity number -> place in the arrays
        self._rows = array("q")  # the first that names the person
        self._names = array("q")  # hashes: two names are the same to one in 2 to the 64
        self._villages = array("q")
        self._signed_on = array("q")  # of the newest contract, as an ordinal
        self._newest = array("q")  # where that contract stands among the rows put down

    def note(self, index: str, row: int, name: str, village_id: int) -> tuple[int, bool, bool]:
        """Note whom a row names.

        Args:
            index: of the identity number.
            row: its number.
            name: of the person.
            village_id: where the person lives.

        Returns:
            The first row with this number, whether that says the same name, and whether it says the same village.

        """
        at = self._places.setdefault(int(index, 16), len(self._rows))
        if at == len(self._rows):
            self._rows.append(row)
            self._names.append(hash(name))
            self._villages.append(village_id)
            self._signed_on.append(_NEVER)
            self._newest.append(0)
            return row, True, True
        return self._rows[at], self._names[at] == hash(name), self._villages[at] == village_id

    def newest(self, index: str) -> tuple[date, int] | None:
        """Return when a person who was noted signed the newest contract, and its place; ``None`` before the first."""
        at = self._places[int(index, 16)]
        signed_on = self._signed_on[at]
        return None if signed_on == _NEVER else (date.fromordinal(signed_on), self._newest[at])

    def lead(self, index: str, signed_on: date, place: int) -> None:
        """Say which contract is the newest of a person who was noted."""
        at = self._places[int(index, 16)]
        self._signed_on[at], self._newest[at] = signed_on.toordinal(), place
