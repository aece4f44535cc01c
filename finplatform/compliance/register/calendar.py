"""The calendar of returns: each return and period with its due day, its filing and its state.

Belongs here: from returns and filings to states. Does not belong here: making and handing over
files (see `filings`).
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from finplatform.compliance.register.returns import OpenDays, Period, Return, due_date, periods

FILED = pl.Schema(
    {
        "return_code": pl.String(),
        "period": pl.String(),
        "version": pl.Int64(),
        "generated_date": pl.Date(),
        "submitted_date": pl.Date(),
        "file_path": pl.String(),
    }
)
"""What was made and handed over, here or by another system."""

CALENDAR = pl.Schema(
    {
        "return_code": pl.String(),
        "period": pl.String(),
        "title": pl.String(),
        "authority": pl.String(),
        "citation": pl.String(),
        "owner": pl.String(),
        "frequency": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "due_date": pl.Date(),
        "is_made_here": pl.Boolean(),
        "version": pl.Int64(),
        "generated_date": pl.Date(),
        "submitted_date": pl.Date(),
        "file_path": pl.String(),
        "state": pl.String(),
        "is_late": pl.Boolean(),
        "days_overdue": pl.Int64(),
        "as_of_date": pl.Date(),
    }
)


class State(StrEnum):
    """How far a return is.

    Attributes:
        UPCOMING: Its period is not over.
        OPEN: The period is over, and it is not made.
        GENERATED: It is made and not handed over.
        SUBMITTED: It is handed over.
        OVERDUE: It is not, and the due day is over.
    """

    UPCOMING = "UPCOMING"
    OPEN = "OPEN"
    GENERATED = "GENERATED"
    SUBMITTED = "SUBMITTED"
    OVERDUE = "OVERDUE"


def due_returns(
    returns: Iterable[Return], first: date, as_of: date, open_days: OpenDays
) -> list[tuple[Return, Period, date]]:
    """Returns with each period from `first` on, and its due day.

    Args:
        returns: The returns.
        first: Day from whose period on.
        as_of: Day up to whose period, which is not over yet.
        open_days: Business days.
    """
    return [
        (each, period, due_date(each, period, open_days))
        for each in returns
        for period in periods(each, first, as_of)
    ]


def calendar(
    due: Iterable[tuple[Return, Period, date]], filed: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """The register on a day, in the order of due days.

    Args:
        due: Returns, periods and due days.
        filed: Filings by `FILED`; of several versions the last counts.
        as_of: The last day that is over.
    """
    last = filed.sort("version").unique(["return_code", "period"], keep="last")
    rows = pl.DataFrame([_row(*each) for each in due], schema=_described())
    submitted, day = pl.col("submitted_date"), pl.lit(as_of)
    is_overdue = submitted.is_null() & (pl.col("due_date") <= day)
    state = (
        pl.when(submitted.is_not_null())
        .then(pl.lit(State.SUBMITTED.value))
        .when(is_overdue)
        .then(pl.lit(State.OVERDUE.value))
        .when(pl.col("generated_date").is_not_null())
        .then(pl.lit(State.GENERATED.value))
        .when(pl.col("period_end") <= day)
        .then(pl.lit(State.OPEN.value))
        .otherwise(pl.lit(State.UPCOMING.value))
    )
    return (
        rows.join(last, on=["return_code", "period"], how="left")
        .with_columns(
            state=state,
            is_late=is_overdue | (submitted > pl.col("due_date")).fill_null(value=False),
            days_overdue=pl.when(is_overdue)
            .then((day - pl.col("due_date")).dt.total_days() + 1)
            .otherwise(0),
            as_of_date=day,
        )
        .select(CALENDAR.names())
        .cast(CALENDAR)
        .sort("due_date", "return_code")
    )


def _row(of: Return, period: Period, due: date) -> dict[str, Any]:
    return {
        "return_code": of.code,
        "period": period.name,
        "title": of.title,
        "authority": of.authority,
        "citation": of.citation,
        "owner": of.owner,
        "frequency": of.frequency.value,
        "period_start": period.start,
        "period_end": period.end,
        "due_date": due,
        "is_made_here": of.is_made_here,
    }


def _described() -> dict[str, pl.DataType]:
    names = CALENDAR.names()
    return {name: CALENDAR[name] for name in names[: names.index("version")]}
