"""Predictive analytics: what will happen, as chances of customers and of payments.

Belongs here: the charts of the page, how each is drawn and what it says. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import figures, words
from finplatform.reporting.page import Chart, Page

_BIN = 0.02
_RISK_BANDS = ("LOW", "MEDIUM", "HIGH")

_LAST_DATE = """
    last_date as (
        select max(observation_date) as observation_date
        from gold.predictive_analytics
        where observation_date <= %(as_of)s
    )
"""

_CHURN = f"""
    with {_LAST_DATE},

    binned as (
        select floor(predictions.churn_probability / {_BIN})::integer as bin
        from gold.predictive_analytics as predictions
        inner join last_date using (observation_date)
        where predictions.churn_probability is not null
    )

    select bin * {_BIN} as lower_probability, count(*) as customers
    from binned
    group by bin
    order by bin
"""

_RISK_SCATTER = f"""
    with {_LAST_DATE},

    ranked as (
        select
            predictions.churn_probability,
            predictions.customer_lifetime_value,
            predictions.churn_risk_band,
            row_number() over (
                partition by predictions.churn_risk_band
                order by hashtext(predictions.customer_id)
            ) as place
        from gold.predictive_analytics as predictions
        inner join last_date using (observation_date)
        where predictions.churn_probability is not null
            and predictions.customer_lifetime_value is not null
    )

    select churn_probability, customer_lifetime_value, churn_risk_band
    from ranked
    where place <= 400
    order by churn_risk_band, place
"""

_CATEGORIES = f"""
    with {_LAST_DATE}

    select
        predictions.churn_risk_band,
        count(*) as customers,
        max(predictions.churn_band_rate) as band_rate,
        sum(predictions.customer_lifetime_value) as lifetime_value
    from gold.predictive_analytics as predictions
    inner join last_date using (observation_date)
    where predictions.churn_risk_band is not null
    group by predictions.churn_risk_band
    order by customers desc, predictions.churn_risk_band
"""

_IMPORTANCE = f"""
    with {_LAST_DATE},

    model_in_use as (
        select distinct predictions.churn_model_version as model_version
        from gold.predictive_analytics as predictions
        inner join last_date using (observation_date)
    )

    select importances.feature, importances.importance, importances.direction
    from gold.feature_importance as importances
    inner join model_in_use using (model_version)
    where importances.model = 'CHURN'
    order by importances.importance_rank
    limit 15
"""

_DEFAULTS = f"""
    with {_LAST_DATE},

    binned as (
        select
            greatest(-4, floor(log(greatest(predictions.default_probability, 1e-9)::numeric) * 4) / 4)
                as lower_log
        from gold.predictive_analytics as predictions
        inner join last_date using (observation_date)
        where predictions.default_probability is not null
    )

    select lower_log, count(*) as customers
    from binned
    group by lower_log
    order by lower_log
"""

_FRAUD = """
    with last_month as (
        select date_trunc('month', max(transaction_date))::date as month_start
        from gold.fraud_scores
        where transaction_date <= %(as_of)s
    )

    select
        scores.channel,
        count(*) as payments,
        sum(scores.is_alert::integer) as alerts,
        sum(scores.expected_loss) as expected_loss
    from gold.fraud_scores as scores
    inner join last_month on scores.transaction_date >= last_month.month_start
    where scores.transaction_date <= %(as_of)s
    group by scores.channel
    order by expected_loss desc, scores.channel
"""


def _say_churn(frame: pd.DataFrame, currency: str) -> str:
    counts = [int(value) for value in frame["customers"]]
    lowers = [float(value) for value in frame["lower_probability"]]
    likely = sum(n for n, low in zip(counts, lowers, strict=True) if low >= 0.1)
    first = words.largest(frame, "customers")
    return (
        f"{words.count(likely)} of {words.plural(sum(counts), 'customer')} leave within three"
        f" months with a chance of 10% and more; the most have a chance between"
        f" {words.share(first['lower_probability'], 0)} and"
        f" {words.share(float(first['lower_probability']) + _BIN, 0)}."
    )


def _say_scatter(frame: pd.DataFrame, currency: str) -> str:
    at_risk = frame.assign(
        loss=[
            float(chance) * max(float(value), 0.0)
            for chance, value in zip(
                frame["churn_probability"], frame["customer_lifetime_value"], strict=True
            )
        ]
    )
    first = words.largest(at_risk, "loss")
    return (
        f"The most valuable customer at risk is worth"
        f" {words.amount(first['customer_lifetime_value'], currency)} and leaves with a chance of"
        f" {words.share(first['churn_probability'])}."
    )


def _say_categories(frame: pd.DataFrame, currency: str) -> str:
    rows = {row["churn_risk_band"]: row for row in frame.to_dict("records")}
    of_all = sum(int(row["customers"]) for row in rows.values())
    band = next((name for name in reversed(_RISK_BANDS) if name in rows), next(iter(rows)))
    row = rows[band]
    return (
        f"{words.plural(row['customers'], 'customer')} ({words.share(int(row['customers']) / of_all)})"
        f" are in the highest risk category, {words.label(band)}; of customers like these"
        f" {words.share(row['band_rate'])} left."
    )


def _say_importance(frame: pd.DataFrame, currency: str) -> str:
    first = frame.iloc[0]
    three = sum(float(value) for value in frame["importance"].head(3))
    return (
        f"{words.heading(first['feature'])} matters the most"
        f" ({words.share(first['importance'])} of the model's importance); the first"
        f" {min(3, len(frame))} features have {words.share(three)}."
    )


def _say_defaults(frame: pd.DataFrame, currency: str) -> str:
    borrowers = sum(int(value) for value in frame["customers"])
    risky = sum(
        int(count)
        for low, count in zip(frame["lower_log"], frame["customers"], strict=True)
        if float(low) >= -1
    )
    return (
        f"{words.count(risky)} of {words.plural(borrowers, 'borrower')} have a chance of default of"
        f" 10% and more within a year ({words.share(risky / borrowers)})."
    )


def _say_fraud(frame: pd.DataFrame, currency: str) -> str:
    first = words.largest(frame, "expected_loss")
    return (
        f"The largest expected loss from fraud is in {words.label(first['channel'])}:"
        f" {words.amount(first['expected_loss'], currency)} in"
        f" {words.plural(first['payments'], 'payment')} of the month, with"
        f" {words.plural(first['alerts'], 'alert')}."
    )


PAGE = Page(
    name="predictive_analytics",
    title="Predictive analytics",
    question="What will happen?",
    section="Analytics",
    charts=(
        Chart(
            name="Churn risk distribution",
            title="Customers by their chance to leave within three months",
            kind="histogram",
            unit="customers",
            source="gold.predictive_analytics",
            as_of="observation_date",
            query=_CHURN,
            draw=lambda frame: figures.histogram(
                frame,
                "lower_probability",
                "customers",
                width=_BIN,
                title="chance to leave",
                is_share=True,
            ),
            describe=_say_churn,
        ),
        Chart(
            name="Risk scatter plot",
            title="Chance to leave against lifetime value",
            kind="scatter",
            unit="lifetime value in {currency}; at most 400 customers a category",
            source="gold.predictive_analytics",
            as_of="observation_date",
            query=_RISK_SCATTER,
            draw=lambda frame: figures.scatter(
                frame.assign(churn_risk_band=words.labels(frame["churn_risk_band"])),
                "churn_probability",
                "customer_lifetime_value",
                titles=("chance to leave", "lifetime value"),
                group="churn_risk_band",
            ),
            describe=_say_scatter,
        ),
        Chart(
            name="Risk categories",
            title="Customers by risk category",
            kind="pie",
            unit="customers",
            source="gold.predictive_analytics",
            as_of="observation_date",
            query=_CATEGORIES,
            draw=lambda frame: figures.pie(
                frame.assign(churn_risk_band=words.labels(frame["churn_risk_band"])),
                "churn_risk_band",
                "customers",
            ),
            describe=_say_categories,
        ),
        Chart(
            name="Feature importance",
            title="What the churn model looks at: the fifteen most important features",
            kind="bar",
            unit="share of importance",
            source="gold.predictive_analytics",
            as_of="observation_date",
            query=_IMPORTANCE,
            draw=lambda frame: figures.bar(
                frame.assign(feature=words.labels(frame["feature"])),
                "feature",
                {"importance": "importance"},
                is_horizontal=True,
                is_share=True,
            ),
            describe=_say_importance,
            also=("gold.feature_importance",),
        ),
        Chart(
            name="Default risk distribution",
            title="Borrowers by their chance of default within a year",
            kind="histogram",
            unit="borrowers",
            source="gold.predictive_analytics",
            as_of="observation_date",
            query=_DEFAULTS,
            draw=lambda frame: figures.histogram(
                frame,
                "lower_log",
                "customers",
                width=0.25,
                title="power of ten of the probability of default: -2 is 1%, -1 is 10%",
            ),
            describe=_say_defaults,
        ),
        Chart(
            name="Fraud predictions",
            title="Expected loss from fraud in the month, by channel",
            kind="bar",
            unit="{currency}",
            source="gold.fraud_scores",
            as_of="transaction_date",
            query=_FRAUD,
            draw=lambda frame: figures.bar(
                frame.assign(channel=words.labels(frame["channel"])),
                "channel",
                {"expected_loss": "expected loss"},
            ),
            describe=_say_fraud,
        ),
    ),
)
