"""What is kept in arrays of the people of a roster says the same as dictionaries of objects would."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from portal.services.imports.roster_people import ListedPeople

_INDICES = st.sampled_from([f"{number:032x}" for number in (0, 1, 2**127, 2**128 - 1)])
_ROW = st.tuples(_INDICES, st.sampled_from("王李"), st.integers(1, 2), st.dates(date(2015, 1, 1), date(2016, 1, 1)))


@given(st.lists(_ROW, max_size=12))
def test_it_remembers_as_dictionaries_would(rows: list[tuple[str, str, int, date]]) -> None:
    people = ListedPeople()
    first: dict[str, tuple[int, str, int]] = {}
    newest: dict[str, tuple[date, int]] = {}
    for number, (index, name, village_id, signed_on) in enumerate(rows):
        said = first.setdefault(index, (number, name, village_id))
        assert people.note(index, number, name, village_id) == (said[0], said[1] == name, said[2] == village_id)
        before = newest.get(index)
        assert people.newest(index) == before
        if before is None or signed_on >= before[0]:
            newest[index] = (signed_on, number)
            people.lead(index, signed_on, number)
    assert {index: people.newest(index) for index in newest} == newest
