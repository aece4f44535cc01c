"""What Dagster works out of partitions is the same whether it is remembered or not."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from finplatform import partition_memory
from finplatform.partition_memory import remember_partitions

NOW = datetime(2026, 3, 1, 12, 30, 30, tzinfo=UTC)
CUTS = [
    dg.DailyPartitionsDefinition("2026-02-01"),
    dg.DailyPartitionsDefinition("2026-02-02", end_offset=1),
    dg.DailyPartitionsDefinition("2026-02-01", end_date="2026-02-20"),
    dg.HourlyPartitionsDefinition("2026-02-27-00:00"),
    dg.MonthlyPartitionsDefinition("2025-02-01"),
]


@pytest.fixture(autouse=True)
def _remembered() -> None:
    remember_partitions()
    remember_partitions()


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("moment", [NOW, NOW + timedelta(hours=11, minutes=29, seconds=29)])
def test_keys_are_those_that_dagster_works_out(
    cut: dg.TimeWindowPartitionsDefinition, moment: datetime
) -> None:
    worked_out = partition_memory._work_out_keys(cut, moment)
    assert cut.get_partition_keys(moment) == worked_out
    assert cut.get_partition_keys(moment) == worked_out
    assert len(worked_out) > 5


def test_a_day_that_ends_is_a_partition_from_then_on() -> None:
    daily = CUTS[0]
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert daily.get_partition_keys(midnight - timedelta(milliseconds=1))[-1] == "2026-02-28"
    assert daily.get_partition_keys(midnight)[-1] == "2026-03-01"


def test_what_a_caller_does_to_its_list_stays_with_it() -> None:
    CUTS[0].get_partition_keys(NOW).clear()  # type: ignore[attr-defined]
    assert CUTS[0].get_partition_keys(NOW)[0] == "2026-02-01"


@pytest.mark.parametrize("cut", CUTS)
def test_sets_are_those_that_dagster_gathers(cut: dg.TimeWindowPartitionsDefinition) -> None:
    with dg.partition_loading_context(NOW):
        keys = cut.get_partition_keys()
        for chosen in (keys, keys[1:3], [keys[4], keys[0]], []):
            gathered = partition_memory._work_out_subset(cut.empty_subset(), chosen)
            for _ in range(2):
                remembered = cut.empty_subset().with_partition_keys(chosen)
                assert remembered == gathered
                assert remembered.num_partitions == gathered.num_partitions
                assert list(remembered.get_partition_keys()) == list(gathered.get_partition_keys())


def test_keys_added_to_others_join_them() -> None:
    with dg.partition_loading_context(NOW):
        held = CUTS[0].empty_subset().with_partition_keys(["2026-02-03"])
        more = held.with_partition_keys(["2026-02-04", "2026-02-09"])
        assert list(more.get_partition_keys()) == ["2026-02-03", "2026-02-04", "2026-02-09"]
        assert list(held.get_partition_keys()) == ["2026-02-03"]


def test_a_key_that_is_none_is_refused_each_time() -> None:
    with dg.partition_loading_context(NOW):
        for _ in range(2):
            with pytest.raises(ValueError, match="2026-02-31"):
                CUTS[0].empty_subset().with_partition_keys(["2026-02-31"])
