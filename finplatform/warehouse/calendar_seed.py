"""The seed of bank holidays: `python -m finplatform.warehouse.calendar_seed` writes it again.

The CSV is committed, because the library behind it is a development dependency. Belongs here: which
holidays close a bank of the United States. Does not belong here: weekends and business days, which
`gold.dim_date` derives.
"""

import csv
import sys
from collections.abc import Iterator
from datetime import date
from typing import TextIO

FIRST_YEAR, LAST_YEAR = 1990, 2035


def bank_holidays(first_year: int, last_year: int) -> Iterator[tuple[date, str]]:
    """Days on which the Federal Reserve Banks are closed, in order.

    A holiday on a Sunday is kept on Monday; one on a Saturday leaves the Friday before open, unlike
    at federal offices.
    """
    import holidays

    calendar = holidays.country_holidays("US", years=range(first_year, last_year + 2))
    for day, name in sorted(calendar.items()):
        is_saturdays = name.endswith("(observed)") and day.weekday() == 4
        if not is_saturdays and first_year <= day.year <= last_year:
            yield day, name


def write(stream: TextIO) -> None:
    """Writes the seed as CSV."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("holiday_date", "country", "holiday_name"))
    writer.writerows(
        (day.isoformat(), "US", name) for day, name in bank_holidays(FIRST_YEAR, LAST_YEAR)
    )


if __name__ == "__main__":
    write(sys.stdout)
