"""Charts of credit quality: arrears, non-performing exposures, migration of grades, losses.

Belongs here: how the book of the credit portfolio page does. Does not belong here: how it is made
up, and the page itself (`credit_portfolio`).
"""

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog.migration import migration_query, moves
from finplatform.reporting.catalog.reporting_dates import latest
from finplatform.reporting.page import Chart

_ARREARS = f"""
    with {latest("credit_exposures")},

    buckets as (
        select bucket.position, bucket.name, bucket.days_from, bucket.days_to
        from (
            values
            (1, 'not overdue', 0, 0),
            (2, '1 to 30 days', 1, 30),
            (3, '31 to 60 days', 31, 60),
            (4, '61 to 90 days', 61, 90),
            (5, 'over 90 days', 91, 2147483647)
        ) as bucket (position, name, days_from, days_to)
    ),

    book as (
        select exposures.days_past_due, exposures.drawn_amount
        from gold.credit_exposures as exposures
        inner join latest on exposures.reporting_date = latest.reporting_date
    )

    select
        buckets.name as bucket,
        count(book.drawn_amount) as exposures,
        coalesce(sum(book.drawn_amount), 0) as drawn_amount,
        coalesce(sum(book.drawn_amount), 0) / nullif(sum(sum(book.drawn_amount)) over (), 0)
            as drawn_share
    from buckets
    left join book on book.days_past_due between buckets.days_from and buckets.days_to
    where exists (select 1 from book)
    group by buckets.position, buckets.name
    order by buckets.position
"""

_NON_PERFORMING = """
    with loans as (
        select
            reporting_date,
            exposure_class,
            sum(exposure_amount) as exposure_amount,
            coalesce(sum(exposure_amount) filter (where is_defaulted), 0) as defaulted_amount
        from gold.rwa_by_class
        where risk_type = 'credit' and approach = 'IRB' and reporting_date <= %(as_of)s
        group by rollup (reporting_date, exposure_class)
    )

    select
        reporting_date,
        coalesce(exposure_class, 'all classes') as exposure_class,
        exposure_amount,
        defaulted_amount,
        defaulted_amount / nullif(exposure_amount, 0) as defaulted_share
    from loans
    where reporting_date is not null and exposure_amount > 0
    order by loans.exposure_class nulls first, reporting_date
"""

_MIGRATION = migration_query(
    dates="model_monitoring", table="pd_grades", date_column="observation_date", member="grade"
)

_LOSSES = """
    select
        segment,
        used_value,
        estimate,
        defaults,
        open_defaults,
        case parameter when 'LGD' then 'average' else 'downturn' end as measure
    from gold.loss_parameters
    where parameter in ('LGD', 'LGD_DOWNTURN') and as_of_date <= %(as_of)s
    order by parameter, segment
"""


def _draw_arrears(frame: pd.DataFrame) -> object:
    return figures.bar(frame, "bucket", {"drawn_amount": "drawn"})


def _say_arrears(frame: pd.DataFrame, currency: str) -> str:
    late = words.known(frame[frame["bucket"] != "not overdue"], "drawn_amount", "drawn_share")
    overdue = words.total(late["drawn_amount"])
    if not overdue:
        return "Nothing that is drawn is overdue."
    worst = words.largest(late, "drawn_amount")
    return (
        f"{words.amount(overdue, currency)} are overdue,"
        f" {words.share(words.total(late['drawn_share']))} of what is drawn; most of it"
        f" {worst['bucket']} ({words.amount(worst['drawn_amount'], currency)})."
    )


def _draw_non_performing(frame: pd.DataFrame) -> object:
    return figures.grouped_line(
        frame.assign(exposure_class=words.labels(frame["exposure_class"])),
        "reporting_date",
        "defaulted_share",
        "exposure_class",
        is_share=True,
    )


def _say_non_performing(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "defaulted_share")
    if known.empty:
        return "No share in default is known."
    day = max(known["reporting_date"])
    whole = known[known["exposure_class"] == "all classes"]
    classes = known[(known["exposure_class"] != "all classes") & (known["reporting_date"] == day)]
    parts = []
    if len(whole):
        now, peak = whole.iloc[-1], words.largest(whole, "defaulted_share")
        parts.append(
            f"{words.share(now['defaulted_share'])} of exposures are in default on"
            f" {words.day(now['reporting_date'])}, at most"
            f" {words.share(peak['defaulted_share'])} on {words.day(peak['reporting_date'])}"
        )
    if len(classes):
        worst = words.largest(classes, "defaulted_share")
        parts.append(
            f"{words.label(worst['exposure_class'])} has the largest share,"
            f" {words.share(worst['defaulted_share'])}"
        )
    return f"{words.capitalized('; '.join(parts))}."


def _draw_migration(frame: pd.DataFrame) -> object:
    figure = risk_charts.shaded(frame, "to_grade", "from_grade", "grade_share")
    order = sorted({*frame["from_grade"], *frame["to_grade"]})
    figure.update_xaxes(title="grade at the end", categoryorder="array", categoryarray=order)
    figure.update_yaxes(title="grade before")
    return figure


def _say_migration(frame: pd.DataFrame, currency: str) -> str:
    worse, better, count = moves(frame, "grade")
    if not count:
        return "No exposure has a grade on both dates."
    return (
        f"From {words.day(frame['from_date'].iloc[0])} to {words.day(frame['to_date'].iloc[0])},"
        f" {words.share(worse / count)} of {words.plural(count, 'exposure')} moved to a"
        f" worse grade, {words.share(better / count)} to a better one."
    )


def _draw_losses(frame: pd.DataFrame) -> object:
    return figures.grouped_bar(
        frame.assign(segment=words.labels(frame["segment"])),
        "segment",
        "used_value",
        "measure",
        is_share=True,
    )


def _say_losses(frame: pd.DataFrame, currency: str) -> str:
    average = frame[frame["measure"] == "average"]
    shown = average if len(average) else frame
    first = words.largest(shown, "used_value")
    return (
        f"{words.capitalized(words.label(first['segment']))} loses most in default:"
        f" {words.share(first['used_value'])} of the exposure, from"
        f" {words.plural(first['defaults'], 'finished default')}."
    )


QUALITY_CHARTS = (
    Chart(
        name="Arrears",
        title="Amount drawn by days past due",
        kind="bar",
        unit="{currency}",
        source="gold.credit_exposures",
        as_of="reporting_date",
        query=_ARREARS,
        draw=_draw_arrears,
        describe=_say_arrears,
    ),
    Chart(
        name="Non-performing share",
        title="Share of exposures in default, by exposure class",
        kind="line",
        unit="share of exposure at default",
        source="gold.rwa_by_class",
        as_of="reporting_date",
        query=_NON_PERFORMING,
        draw=_draw_non_performing,
        describe=_say_non_performing,
    ),
    Chart(
        name="Migration of grades",
        title="Where the exposures of each grade went in the last twelve months",
        kind="heatmap",
        unit="share of the exposures of a grade that are still there",
        source="gold.model_monitoring",
        as_of="reporting_date",
        query=_MIGRATION,
        draw=_draw_migration,
        describe=_say_migration,
        also=("gold.pd_grades",),
    ),
    Chart(
        name="Loss given default",
        title="Loss given default in use by product: average, and of bad times",
        kind="bar",
        unit="share of the exposure",
        source="gold.loss_parameters",
        as_of="as_of_date",
        query=_LOSSES,
        draw=_draw_losses,
        describe=_say_losses,
    ),
)
"""Charts in their order."""
