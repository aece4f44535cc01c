"""What the sensor on the stream remembers of days whose events no load has seen."""

from datetime import UTC, date, datetime, timedelta

from finplatform.orchestration.sensors.streamed_days import Memory
from finplatform.streaming.arrivals import StreamedDay

DAY = date(2025, 3, 1)
AT = datetime(2025, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def day(count: int, *, loaded_at: datetime | None, looked_at: datetime) -> StreamedDay:
    return StreamedDay(DAY, count, AT, loaded_at, looked_at)


def remembered(count: int, looked_at: datetime) -> Memory:
    found = Memory().still_waiting([day(count, loaded_at=None, looked_at=looked_at)])
    return Memory("1", found, ("key",))


def test_a_memory_is_read_as_it_was_written() -> None:
    memory = remembered(3, AT)
    assert Memory.read(memory.written()) == memory
    assert Memory.read(None) == Memory()


def test_a_day_waits_until_a_load_begins_after_its_events_were_seen() -> None:
    memory = remembered(3, AT)
    before = day(3, loaded_at=AT - MINUTE, looked_at=AT + MINUTE)
    after = day(3, loaded_at=AT + MINUTE, looked_at=AT + 2 * MINUTE)
    assert memory.still_waiting([before]) == {DAY: (before.mark, AT)}
    assert memory.still_waiting([after]) == {}


def test_events_that_come_during_a_load_wait_for_another_one() -> None:
    more = day(4, loaded_at=AT + MINUTE, looked_at=AT + 2 * MINUTE)
    assert remembered(3, AT).still_waiting([more]) == {DAY: (more.mark, AT + 2 * MINUTE)}
