"""Holding the collector off while code is loaded."""

import gc
import importlib
from collections.abc import Iterator

import pytest

from finplatform import garbage


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()
    gc.enable()


def test_the_collector_runs_again_after_the_outermost_and_not_before() -> None:
    with garbage.held_off():
        with garbage.held_off():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_runs_again_when_loading_fails() -> None:
    with pytest.raises(ImportError), garbage.held_off():
        importlib.import_module("finplatform.there_is_no_such_module")
    assert gc.isenabled()


def test_what_was_loaded_is_not_looked_through_again() -> None:
    before = gc.get_freeze_count()
    with garbage.held_off():
        loaded = [[number] for number in range(1_000)]
    assert gc.get_freeze_count() >= before + len(loaded)
