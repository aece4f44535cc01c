"""Predictive analytics: what will happen, as chances of customers and of payments.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.page import Chart, Page

_BIN = 0.02
_RISK_BANDS = ("LOW", "MEDIUM", "HIGH")
_NUMBERS = {2: "two", 3: "three"}

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
            greatest(-4, floor(log(greatest(predictions.max_probability_default, 1e-9)::numeric) * 4) / 4)
                as lower_log
        from gold.predictive_analytics as predictions
        inner join last_date using (observation_date)
        where predictions.max_probability_default is not null
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
    likely = words.total(
        frame["customers"][[float(low) >= 0.1 for low in frame["lower_probability"]]]
    )
    fullest = extremes.largest(frame, "customers", _bin_name)
    return (
        f"{words.capitalized(words.tally(likely, words.total(frame['customers']), 'customer', 'leaves'))}"
        f" within three months with a chance of 10% or more; the fullest bin is {fullest.name},"
        f" with {words.plural(fullest['customers'], 'customer')}."
    )


def _bin_name(row: Any) -> str:
    lower = float(row["lower_probability"])
    return f"{words.share(lower, 0)} to {words.share(round(lower + _BIN, 2), 0)}"


def _say_scatter(frame: pd.DataFrame, currency: str) -> str:
    losses = [
        extremes.exact(chance) * extremes.exact(value)
        for chance, value in zip(
            frame["churn_probability"], frame["customer_lifetime_value"], strict=True
        )
    ]
    at_risk = frame.assign(loss=extremes.exact_column(frame, losses))
    customers = words.plural(len(frame), "customer")
    first = extremes.largest(at_risk, "loss", extremes.label_of("churn_risk_band"))
    if first["loss"] <= 0:
        return f"No value is at risk with {customers} drawn."
    return (
        f"With {customers} drawn, the most value at risk, the chance to leave times the lifetime"
        f" value, is {words.amount(first['loss'], currency)}: a worth of"
        f" {words.amount(first['customer_lifetime_value'], currency)} that leaves with a chance of"
        f" {words.share(first['churn_probability'])}."
    )


def _say_categories(frame: pd.DataFrame, currency: str) -> str:
    rows = {row["churn_risk_band"]: row for row in frame.to_dict("records")}
    band = next((name for name in reversed(_RISK_BANDS) if name in rows), next(iter(rows)))
    row, of_all = rows[band], words.total(frame["customers"])
    sentence = (
        f"{words.plural(row['customers'], 'customer')}"
        f" ({words.share(words.part(row['customers'], of_all))})"
        f" {words.agree(row['customers'], 'is')} in {words.label(band)}, the highest risk category"
        " that has any"
    )
    if words.is_missing(row["band_rate"]):
        return f"{sentence}."
    return f"{sentence}; of customers like these {words.share(row['band_rate'])} left."


def _say_importance(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "importance", extremes.label_of("feature"))
    sentence = (
        f"{first.heading} matters the most, with {words.share(first['importance'])} of the model's"
        " importance"
    )
    if len(frame) == 1:
        return f"{sentence}."
    top = sorted((extremes.exact(value) for value in frame["importance"]), reverse=True)[:3]
    return f"{sentence}; the {_NUMBERS[len(top)]} most important features have {words.share(sum(top))}."


def _say_defaults(frame: pd.DataFrame, currency: str) -> str:
    borrowers = words.total(frame["customers"])
    risky = words.total(frame["customers"][[float(low) >= -1 for low in frame["lower_log"]]])
    part = f" ({words.share(words.part(risky, borrowers))})" if risky else ""
    return (
        f"{words.capitalized(words.tally(risky, borrowers, 'borrower', 'has'))} a chance of default"
        f" of 10% or more within a year{part}."
    )


def _say_fraud(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "expected_loss", extremes.label_of("channel"))
    if not first["expected_loss"]:
        return "No loss from fraud is expected in the month."
    return (
        f"The largest expected loss from fraud is in {first.name}:"
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
