"""Charts of credit quality: arrears, non-performing exposures, migration of grades, losses.

Belongs here: how the book of the credit portfolio page does. Does not belong here: how it is made
up, and the page itself (`credit_portfolio`).
"""

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog.migration import migration_query, say_moves
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
    worst = extremes.largest(late, "drawn_amount", lambda row: f"{row['bucket']} late")
    return (
        f"{words.amount(overdue, currency)} is overdue,"
        f" {words.share(words.total(late['drawn_share']))} of what is drawn; the largest part,"
        f" {words.amount(worst['drawn_amount'], currency)}, is {worst.name}."
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
    whole = known[known["exposure_class"] == "all classes"]
    parts = []
    if len(whole):
        now = whole.iloc[-1]
        part = words.share(now["defaulted_share"]) if now["defaulted_share"] else "Nothing"
        sentence = f"{part} of the exposure is in default on {words.day(now['reporting_date'])}"
        peak = extremes.largest(whole, "defaulted_share", extremes.day_of("reporting_date"))
        if peak["defaulted_share"] and not peak.is_only:
            sentence += f"; the most was {words.share(peak['defaulted_share'])} on {peak.name}"
        parts.append(sentence)
    day = max(known["reporting_date"])
    classes = known[(known["exposure_class"] != "all classes") & (known["reporting_date"] == day)]
    if len(classes):
        worst = extremes.largest(classes, "defaulted_share", extremes.label_of("exposure_class"))
        if worst["defaulted_share"]:
            parts.append(
                f"on {words.day(day)} {worst.name} has the largest share,"
                f" {words.share(worst['defaulted_share'])}"
            )
    if not parts:
        return f"Nothing is in default on {words.day(day)}."
    return f"{words.capitalized('; '.join(parts))}."


def _draw_migration(frame: pd.DataFrame) -> object:
    figure = risk_charts.shaded(frame, "to_grade", "from_grade", "grade_share")
    order = sorted({*frame["from_grade"], *frame["to_grade"]})
    figure.update_xaxes(title="grade at the end", categoryorder="array", categoryarray=order)
    figure.update_yaxes(title="grade before")
    return figure


def _say_migration(frame: pd.DataFrame, currency: str) -> str:
    return say_moves(frame, "grade")


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
    shown, times = (average, "") if len(average) else (frame, " of bad times")
    first = extremes.largest(shown, "used_value", extremes.label_of("segment"))
    if not first["used_value"]:
        return "No product loses anything in default."
    sentence = (
        f"{first.heading} loses most in default{times}: {words.share(first['used_value'])} of the"
        " exposure"
    )
    if not first["defaults"]:
        return f"{sentence}, without a finished default to judge it by."
    return f"{sentence}, judged by {words.plural(first['defaults'], 'finished default')}."


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
