"""The seed of bank holidays: `python -m finplatform.warehouse.calendar_seed` regenerates it.

The CSV is committed, because its library is a development dependency. Belongs here: the bank
holidays of a country. Does not belong here: weekends and business days, which
`gold.dim_date` and `gold.dim_country_calendar` derive.
"""

import csv
import sys
from collections.abc import Iterator
from datetime import date
from typing import TextIO

FIRST_YEAR, LAST_YEAR = 1990, 2035

MEMBER_FIRST_YEAR, MEMBER_LAST_YEAR = 2010, 2030
MEMBERS = ("AR", "BO", "BR", "CL", "CO", "EC", "MX", "PE", "PY", "UY")
"""Countries of the development bank, whose calendars cover fewer years."""


def bank_holidays(first_year: int, last_year: int) -> Iterator[tuple[date, str]]:
    """Days on which the Federal Reserve Banks are closed, in order.

    A holiday on a Sunday is observed on Monday; for one on a Saturday the Friday before is open,
    unlike at federal offices.
    """
    import holidays

    calendar = holidays.country_holidays("US", years=range(first_year, last_year + 2))
    for day, name in sorted(calendar.items()):
        is_saturdays = name.endswith("(observed)") and day.weekday() == 4
        if not is_saturdays and first_year <= day.year <= last_year:
            yield day, name


def member_holidays(country: str, first_year: int, last_year: int) -> Iterator[tuple[date, str]]:
    """Public holidays of a country and its bank holidays, in order."""
    import holidays

    known = getattr(holidays, country).supported_categories
    calendar = holidays.country_holidays(
        country,
        years=range(first_year, last_year + 1),
        categories=tuple({"public", "bank"} & set(known)),
        language="en_US",
    )
    yield from sorted(calendar.items())


def write(stream: TextIO) -> None:
    """Writes the seed as CSV."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("holiday_date", "country", "holiday_name"))
    writer.writerows(
        (day.isoformat(), "US", name) for day, name in bank_holidays(FIRST_YEAR, LAST_YEAR)
    )
    for country in MEMBERS:
        writer.writerows(
            (day.isoformat(), country, name)
            for day, name in member_holidays(country, MEMBER_FIRST_YEAR, MEMBER_LAST_YEAR)
        )


if __name__ == "__main__":
    write(sys.stdout)
