"""Exploratory analytics: patterns among customers, without a prior hypothesis.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.page import Chart, Page

_SPENDING = """
    with last_month as (
        select max(month_end) as month_end
        from gold.activity_hours
        where month_end <= %(as_of)s and currency = %(currency)s
    ),

    year as (
        select
            hours.member as category,
            hours.month_end,
            case
                when hours.transaction_hour < 6 then 'night'
                when hours.transaction_hour < 12 then 'morning'
                when hours.transaction_hour < 18 then 'afternoon'
                else 'evening'
            end as part_of_day,
            hours.volume_amount
        from gold.activity_hours as hours
        cross join last_month
        where hours.breakdown = 'MERCHANT_CATEGORY'
            and hours.member <> 'NO_MERCHANT'
            and hours.currency = %(currency)s
            and hours.month_end > last_month.month_end - interval '1 year'
            and hours.month_end <= last_month.month_end
    )

    select
        category,
        part_of_day,
        sum(volume_amount) as volume_amount,
        (select count(distinct month_end) from year) as months
    from year
    group by category, part_of_day
    having sum(volume_amount) > 0
    order by category, part_of_day
"""

_CLUSTERS = """
    with last_date as (
        select max(observation_date) as observation_date
        from gold.customer_segments
        where observation_date <= %(as_of)s
    ),

    ranked as (
        select
            segments.customer_id,
            segments.segment,
            segments.is_outlier,
            features.deposit_balance,
            features.debit_amount_3m,
            row_number() over (
                partition by segments.segment order by hashtext(segments.customer_id)
            ) as place
        from gold.customer_segments as segments
        inner join last_date using (observation_date)
        inner join gold.customer_features as features using (customer_id, observation_date)
    )

    select segment, deposit_balance, debit_amount_3m, is_outlier
    from ranked
    where place <= 300
    order by segment, place
"""

_CORRELATIONS = """
    with last_date as (
        select max(observation_date) as observation_date
        from gold.exploratory_analytics
        where observation_date <= %(as_of)s
    ),

    pairs as (
        select subject, other, estimate, is_significant
        from gold.exploratory_analytics
        inner join last_date using (observation_date)
        where finding = 'CORRELATION' and method = 'SPEARMAN'
    ),

    both_ways as (
        select subject, other, estimate, is_significant
        from pairs
        union all
        select other as subject, subject as other, estimate, is_significant
        from pairs
    )

    select subject, other, estimate, is_significant
    from both_ways
    order by subject, other
"""

_PLACES = """
    with last_month as (
        select max(month_end) as month_end
        from gold.geographic_patterns
        where month_end <= %(as_of)s
    )

    select
        places.region,
        places.customer_count,
        places.spending_per_customer,
        places.spending_index,
        places.spending_share
    from gold.geographic_patterns as places
    inner join last_month using (month_end)
    where places.level = 'REGION' and places.spending_per_customer is not null
    order by places.spending_per_customer desc, places.region
    limit 15
"""

_RFM = """
    with last_date as (
        select max(observation_date) as observation_date
        from gold.customer_segments
        where observation_date <= %(as_of)s
    )

    select segments.rfm_segment, count(*) as customers
    from gold.customer_segments as segments
    inner join last_date using (observation_date)
    group by segments.rfm_segment
    order by customers desc, segments.rfm_segment
"""


def _say_spending(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.of_sums(
        {
            str(category): words.total(rows["volume_amount"])
            for category, rows in frame.groupby("category", sort=False)
        }
    )
    months = words.plural(frame["months"].iloc[0], "month")
    part = words.part(first["value"], words.total(frame["volume_amount"]))
    return (
        f"Customers spend the most on {first.name}: {words.amount(first['value'], currency)} in"
        f" {months}, {words.share(part)} of what went to merchants."
    )


def _say_clusters(frame: pd.DataFrame, currency: str) -> str:
    outliers = sum(bool(value) for value in frame["is_outlier"])
    drawn = words.known(frame, "deposit_balance")
    middle = (
        drawn.assign(
            deposit=extremes.exact_column(drawn, map(extremes.exact, drawn["deposit_balance"]))
        )
        .groupby("segment")["deposit"]
        .median()
        .reset_index()
    )
    first = extremes.largest(middle, "deposit", extremes.label_of("segment"))
    found = frame["segment"].nunique()
    sentence = f"{words.plural(found, 'segment')} of customers {words.agree(found, 'is')} found"
    far = f"{words.tally(outliers, len(frame), 'customer', 'drawn lies')} far from all others"
    if not first["deposit"]:
        return f"{sentence}, and the median deposit is nothing in each; {far}."
    return (
        f"{sentence}; {first.name} holds the most, with a median deposit of"
        f" {words.amount(first['deposit'], currency)}; {far}."
    )


def _say_correlations(frame: pd.DataFrame, currency: str) -> str:
    # Every pair stands there both ways round.
    pairs = words.known(frame[frame["subject"] < frame["other"]], "estimate")
    if pairs.empty:
        return "No correlation is known."
    first = extremes.furthest(
        pairs,
        "estimate",
        lambda row: f"{words.label(row['subject'])} and {words.label(row['other'])}",
    )
    estimate = float(first["estimate"])
    if not estimate:
        return "No two features are related."
    way = ": as one rises, the other falls" if estimate < 0 else ""
    return (
        f"{first.heading} are related most closely (rank correlation"
        f" {words.number(estimate)}{way})."
    )


def _say_places(frame: pd.DataFrame, currency: str) -> str:
    name = extremes.text_of("region")
    first = extremes.largest(frame, "spending_per_customer", name)
    last = extremes.smallest(frame, "spending_per_customer", name)
    most = words.amount(first["spending_per_customer"], currency)
    if first.is_only:
        return f"A customer of {first.bare}, the only region shown, spends {most}."
    regions = words.plural(len(frame), "region shown", "regions shown")
    if first.is_flat:
        return f"A customer spends {most} in each of {regions}."
    return (
        f"A customer of {first.name} spends {most}, the most of {regions}; one of {last.name}"
        f" spends {words.amount(last['spending_per_customer'], currency)}, the least."
    )


def _say_rfm(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "customers", extremes.label_of("rfm_segment"))
    part = words.part(first["customers"], words.total(frame["customers"]))
    return (
        f"{first.heading} is the largest group by recency, frequency and value:"
        f" {words.plural(first['customers'], 'customer')}, {words.share(part)} of all."
    )


def _draw_clusters(frame: pd.DataFrame) -> object:
    # A logarithm shows both ends of skewed amounts; it has no 0.
    shown = frame.assign(
        deposit_balance=[max(float(value or 0), 1.0) for value in frame["deposit_balance"]],
        segment=words.labels(frame["segment"]),
    )
    return figures.scatter(
        shown,
        "deposit_balance",
        "debit_amount_3m",
        titles=("deposits (1 and less is drawn at 1)", "outflow of 3 months"),
        group="segment",
        is_log=True,
    )


PAGE = Page(
    name="exploratory_analytics",
    title="Exploratory analytics",
    question="What patterns exist?",
    section="Analytics",
    charts=(
        Chart(
            name="Spending treemap",
            title="What customers spend with merchants, by category and part of the day",
            kind="treemap",
            unit="{currency} in twelve months",
            source="gold.activity_hours",
            as_of="month_end",
            query=_SPENDING,
            draw=lambda frame: figures.treemap(
                frame.assign(category=words.labels(frame["category"])),
                ["category", "part_of_day"],
                "volume_amount",
            ),
            describe=_say_spending,
        ),
        Chart(
            name="Customer cluster scatter",
            title="Customers by deposits and outflow, coloured by segment",
            kind="scatter",
            unit="{currency}; at most 300 customers a segment",
            source="gold.customer_segments",
            as_of="observation_date",
            query=_CLUSTERS,
            draw=_draw_clusters,
            describe=_say_clusters,
            also=("gold.customer_features",),
        ),
        Chart(
            name="Correlation heatmap",
            title="Rank correlations of customers' features",
            kind="heatmap",
            unit="Spearman's coefficient",
            source="gold.exploratory_analytics",
            as_of="observation_date",
            query=_CORRELATIONS,
            draw=lambda frame: figures.heatmap(
                frame.assign(
                    subject=words.labels(frame["subject"]), other=words.labels(frame["other"])
                ),
                "other",
                "subject",
                "estimate",
                is_signed=True,
            ),
            describe=_say_correlations,
        ),
        Chart(
            name="Geographic patterns",
            title="What a customer spends in twelve months, by region",
            kind="bar",
            unit="{currency}",
            source="gold.geographic_patterns",
            as_of="month_end",
            query=_PLACES,
            draw=lambda frame: figures.bar(
                frame.assign(region=words.labels(frame["region"])),
                "region",
                {"spending_per_customer": "spending a customer"},
            ),
            describe=_say_places,
        ),
        Chart(
            name="RFM segments",
            title="Customers by recency, frequency and value of their transactions",
            kind="bar",
            unit="customers",
            source="gold.customer_segments",
            as_of="observation_date",
            query=_RFM,
            draw=lambda frame: figures.bar(
                frame.assign(rfm_segment=words.labels(frame["rfm_segment"])),
                "rfm_segment",
                {"customers": "customers"},
            ),
            describe=_say_rfm,
        ),
    ),
)
