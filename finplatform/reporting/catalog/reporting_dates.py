"""Import CTEs of queries on reports: the last reporting date up to the page's `as_of`, and those before.

Belongs here: choosing dates. What is read of them stands with its chart.
"""

MONTHS_SHOWN = 13
"""Month-ends of a bar chart over time: a year and the month that it began from."""


def latest(table: str, column: str = "reporting_date") -> str:
    """CTE `latest` with the last date of a table up to the page's date.

    Args:
        table: Table of the gold schema.
        column: Date column of the table, which names the CTE's column too.
    """
    return f"""
    latest as (
        select max({column}) as {column}
        from gold.{table}
        where {column} <= %(as_of)s
    )
"""


def recent(table: str) -> str:
    """CTE `recent` with the last thirteen reporting dates of a table up to the page's date."""
    return f"""
    recent as (
        select distinct reporting_date
        from gold.{table}
        where reporting_date <= %(as_of)s
        order by reporting_date desc
        limit {MONTHS_SHOWN}
    )
"""
