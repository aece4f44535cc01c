"""States of returns by their filings and the day."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from finplatform.compliance.register.calendar import CALENDAR, FILED, calendar
from finplatform.compliance.register.returns import Period, load_returns

LCR = next(each for each in load_returns() if each.code == "LIQUIDITY_COVERAGE")
MARCH = Period("2025M03", date(2025, 3, 1), date(2025, 3, 31))
DUE = date(2025, 4, 15)


def _row(as_of: date, *filed: tuple[int, date | None, date | None]) -> dict[str, Any]:
    filings = pl.DataFrame(
        [(LCR.code, MARCH.name, version, made, sent, "x") for version, made, sent in filed],
        schema=FILED,
        orient="row",
    )
    found = calendar([(LCR, MARCH, DUE)], filings, as_of)
    assert found.schema == CALENDAR
    return found.row(0, named=True)


MADE, SENT = date(2025, 4, 1), date(2025, 4, 10)


@pytest.mark.parametrize(
    ("as_of", "filed", "state", "is_late", "overdue"),
    [
        (date(2025, 3, 30), [], "UPCOMING", False, 0),
        (date(2025, 3, 31), [], "OPEN", False, 0),
        (date(2025, 4, 14), [], "OPEN", False, 0),
        (date(2025, 4, 14), [(1, MADE, None)], "GENERATED", False, 0),
        # The due day is over without a filing.
        (date(2025, 4, 15), [], "OVERDUE", True, 1),
        (date(2025, 4, 20), [(1, MADE, None)], "OVERDUE", True, 6),
        (date(2025, 4, 20), [(1, MADE, SENT)], "SUBMITTED", False, 0),
        (date(2025, 4, 20), [(1, MADE, date(2025, 4, 15))], "SUBMITTED", False, 0),
        (date(2025, 4, 20), [(1, MADE, date(2025, 4, 16))], "SUBMITTED", True, 0),
    ],
)
def test_the_state_follows_from_filings_and_the_day(
    as_of: date,
    filed: list[tuple[int, date | None, date | None]],
    state: str,
    is_late: bool,
    overdue: int,
) -> None:
    row = _row(as_of, *filed)
    assert (row["state"], row["is_late"], row["days_overdue"]) == (state, is_late, overdue)


def test_of_several_versions_the_last_counts() -> None:
    row = _row(date(2025, 4, 12), (1, MADE, SENT), (2, date(2025, 4, 11), None))
    assert (row["version"], row["state"]) == (2, "GENERATED")
