"""What is slow to read is read less often."""

import pytest

from finplatform.api.live import pace
from finplatform.api.live.pace import USUAL_SHARE, Pace


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(pace, "time", moved)
    return moved


@pytest.mark.parametrize(
    ("taken", "least", "due_after"), [(0.002, 0, 0.1), (0.2, 0, 10), (0.2, 60, 60)]
)
def test_reading_takes_its_share_of_the_time_at_most(
    clock: Clock, taken: float, least: float, due_after: float
) -> None:
    one = Pace(least)
    assert one.is_due
    with one.measured():
        clock.now += taken
    clock.now = 1000 + due_after * 0.99
    assert not one.is_due
    clock.now = 1000 + due_after * 1.01
    assert one.is_due
    assert taken <= USUAL_SHARE * due_after * 1.0001


def test_a_reading_that_fails_is_put_off_as_well(clock: Clock) -> None:
    one = Pace()

    def fail() -> None:
        with one.measured():
            clock.now += 1
            raise ValueError("in vain")

    with pytest.raises(ValueError, match="in vain"):
        fail()
    assert not one.is_due
    one.hurry()
    assert one.is_due
