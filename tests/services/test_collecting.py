"""The collector looks seldom while a list is worked on, and as before when the last of them is done."""

from __future__ import annotations

import gc

import pytest

from portal.services.imports.collecting import seldom_collected


def test_the_thresholds_come_back_with_the_last_list() -> None:
    before = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold() == (200_000, *before[1:])
        with pytest.raises(KeyError), seldom_collected():
            raise KeyError
        assert gc.get_threshold()[0] == 200_000
    assert gc.get_threshold() == before
