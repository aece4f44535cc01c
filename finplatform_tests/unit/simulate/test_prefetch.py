import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from finplatform.simulate.prefetch import ahead


def test_items_arrive_in_order_whatever_the_depth() -> None:
    assert list(ahead(iter(range(500)), depth=3)) == list(range(500))
    assert list(ahead(iter(()))) == []


def test_an_error_in_the_source_is_raised_after_what_came_before() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("spoilt")

    seen: list[int] = []
    with pytest.raises(ValueError, match="spoilt"):
        seen.extend(ahead(source()))
    assert seen in ([], [1])


def test_a_consumer_that_stops_ends_the_thread() -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 0

    items = ahead(endless(), depth=2)
    with closing(items):
        next(items)
    assert not [t for t in threading.enumerate() if t.name.startswith("simulate-ahead")]
