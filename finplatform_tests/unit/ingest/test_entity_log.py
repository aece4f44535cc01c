"""Changes without an operation or a position get one that keeps their order."""

from datetime import UTC, datetime

import polars as pl

from finplatform.ingest.entity_log import numbered

AT = [datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, 0, 0, 0, 1, tzinfo=UTC)]


def test_the_position_follows_the_time() -> None:
    changes = numbered(pl.DataFrame({"k": [1, 2], "_changed_at": AT}))
    assert changes["_lsn"].to_list() == [1_735_689_600_000_000, 1_735_689_600_000_001]
    assert changes["_op"].to_list() == ["r", "r"]


def test_what_the_source_says_is_kept() -> None:
    reported = {"_changed_at": AT, "_op": ["d", None], "_lsn": [7, None]}
    changes = numbered(pl.DataFrame(reported))
    assert changes.select("_op", "_lsn").rows() == [("d", 7), ("r", 1_735_689_600_000_001)]
