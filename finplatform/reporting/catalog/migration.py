"""Migration of exposures over a year: from which grade or stage to which.

Belongs here: the query of a migration matrix, and its sentences. Does not belong here: how a
matrix is drawn, which stands with its chart.
"""

import pandas as pd

from finplatform.reporting import words


def migration_query(*, dates: str, table: str, date_column: str, member: str) -> str:
    """Query of a matrix from the last date up to the page's date and the first of the year before.

    Its rows have `from_date`, `to_date`, `from_<member>`, `to_<member>`, `exposures`, and
    `<member>_share`, the share of those that came from the same member.

    Args:
        dates: Table of the gold schema whose `reporting_date` are the dates to choose from.
        table: Table of the gold schema with a row per exposure and date.
        date_column: Date column of that table.
        member: Column of what an exposure moves between, such as `grade`.
    """
    return f"""
    with ends as (
        select
            max(latest.reporting_date) as to_date,
            min(months.reporting_date) as from_date
        from (
            select max(reporting_date) as reporting_date
            from gold.{dates}
            where reporting_date <= %(as_of)s
        ) as latest
        inner join gold.{dates} as months
            on months.reporting_date < latest.reporting_date
            and months.reporting_date + 1 >= latest.reporting_date + 1 - interval '1 year'
    ),

    before as (
        select exposures.exposure_id, exposures.{member}, ends.from_date, ends.to_date
        from ends
        inner join gold.{table} as exposures on exposures.{date_column} = ends.from_date
    ),

    moved as (
        select
            before.from_date, before.to_date, before.{member} as from_{member},
            after.{member} as to_{member}, count(*) as exposures
        from before
        inner join gold.{table} as after
            on after.exposure_id = before.exposure_id and after.{date_column} = before.to_date
        group by before.from_date, before.to_date, before.{member}, after.{member}
    )

    select
        from_date, to_date, from_{member}, to_{member}, exposures,
        exposures / sum(exposures) over (partition by from_{member}) as {member}_share
    from moved
    order by from_{member}, to_{member}
"""


def say_moves(frame: pd.DataFrame, member: str) -> str:
    """How many exposures moved to a higher member, which is worse, and how many to a lower one.

    Args:
        frame: Rows of a migration query.
        member: What an exposure moves between.
    """
    worse = better = count = 0
    for row in words.known(frame, "exposures").to_dict("records"):
        number = int(row["exposures"])
        count += number
        worse += number * (row[f"to_{member}"] > row[f"from_{member}"])
        better += number * (row[f"to_{member}"] < row[f"from_{member}"])
    if not count:
        return f"No exposure has a {member} on both dates."
    return (
        f"From {words.day(frame['from_date'].iloc[0])} to {words.day(frame['to_date'].iloc[0])},"
        f" {_moved(worse, count)} of {words.plural(count, 'exposure')} moved to a worse {member}"
        f" and {_moved(better, count)} to a better one."
    )


def _moved(some: int, count: int) -> str:
    return words.share(some / count) if some else "none"
