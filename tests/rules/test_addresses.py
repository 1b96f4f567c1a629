"""Houses in the order of a walk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.addresses import house_key


@pytest.mark.parametrize(
    "walk",
    [
        ["东湾村三组9号", "东湾村三组12号", "东湾村十组1号", "东湾村十二组3号", "东湾村二十组1号"],
        ["1号", "2号", "10号", "１１号", "112号"],
        ["甲巷1号2单元", "甲巷1号10单元", "甲巷2号1单元"],
        ["一百零三号", "一百一十号", "二百号"],
        ["1号", "村口小卖部旁", ""],
    ],
)
def test_houses_are_in_the_order_of_the_walk(walk: list[str]) -> None:
    backwards = list(reversed(walk))
    backwards.sort(key=house_key)
    assert backwards == walk


@given(st.lists(st.text(max_size=20), max_size=8))
def test_any_addresses_can_be_sorted(addresses: list[str]) -> None:
    assert len(sorted(addresses, key=house_key)) == len(addresses)
