"""Prescriptive analytics: at most one offer for each customer, with expected value and reason.

Belongs here: eligibility for offers, and their value. Does not belong here: the effects
of past contacts (see `offer_effects`, `retention`), the optimisation (see `contact_plan`), and the
frames of results (see `plan_tables`).

An offer to a customer is worth

    revenue effect - conversion effect x PD over the measured days x LGD x exposure - contact cost

all from data: effects from measured campaigns, PD by bureau score, LGD and exposure of contracts of
the product's kind, cost from campaign budgets. Revenue and loss are those of the days over which
campaigns were measured; what comes later is in neither. A retention offer is worth

    chance of leaving x share of leavers whom a contact keeps x lifetime value - contact cost

which counts years, so that such offers have a budget of their own.
"""

from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import polars as pl

from finplatform.analytics.contact_plan import Earmark, plan_contacts
from finplatform.analytics.offer_effects import offer_effects
from finplatform.analytics.plan_tables import actions, budgets, limits
from finplatform.analytics.retention import (
    AT_RISK_SCORE,
    RETENTION,
    KeptShare,
    kept_share,
    retention_steps,
)
from finplatform.ml.threads import one_thread
from finplatform.sums import ordered_mean, ordered_sum

QUIET_DAYS = 30
"""Customers contacted in this many days before are left alone."""

LATE_DAYS = 30
"""Customers more days past due than this within a year are offered no credit."""

SCORE_STEP = 20
"""Width of a grade of the bureau score, in points."""

_SUPPORT = ("age", "annual_income", "tenure_months")
_DIGITAL = ("EMAIL", "MOBILE", "PHONE")
_CREDIT = ("CARDS", "LENDING")


@dataclass(frozen=True)
class Prescription:
    """Rows of the tables.

    Attributes:
        actions: Rows of `prescriptive_analytics`, one per customer.
        limits: Rows of `contact_plan_limits`, one per limit.
        budgets: Rows of `intervention_budgets`, one per objective and for all.
        steps: Rows of `retention_steps`, one per step.
        kept: Customers retained by contacts.
    """

    actions: pl.DataFrame
    limits: pl.DataFrame
    budgets: pl.DataFrame
    steps: pl.DataFrame
    kept: KeptShare


@one_thread()
def prescribe(
    customers: pl.DataFrame,
    responses: pl.DataFrame,
    campaigns: pl.DataFrame,
    holdings: pl.DataFrame,
    exposures: pl.DataFrame,
    *,
    seed: int = 0,
) -> Prescription:
    """Plans the next contacts of all customers.

    Args:
        customers: `customer_features` of one observation date, with `churn_probability`,
            `churn_risk_score` and `lifetime_value`, null where nothing is predicted.
        responses: Measured responses with what was known of the customer at the assignment:
            `campaign_id`, `customer_id`, `is_treated`, `is_converted`, `revenue`, `contact_date`,
            `age`, `annual_income`, `credit_score`, `tenure_months`, `customer_tier`; and
            `has_left`, whether the customer left soon after, null where that is not known yet.
        campaigns: `dim_campaign` with `product_type`.
        holdings: `customer_id`, `product_name`, `product_type` of open contracts.
        exposures: `fact_risk_metrics` of the latest date.
        seed: Decides the folds of adjustments.

    Returns:
        Rows of the tables; without customers none.
    """
    kept = kept_share(_of_campaigns(responses, campaigns))
    if customers.is_empty():
        empty = pl.DataFrame()
        return Prescription(empty, empty, empty, empty, kept)
    customers = customers.sort("customer_id").with_columns(
        _stratum().alias("stratum"),
        (pl.col("churn_risk_score") > AT_RISK_SCORE).fill_null(value=False).alias("is_at_risk"),
        (pl.col("churn_probability") * pl.col("lifetime_value").clip(lower_bound=0.0))
        .fill_null(0.0)
        .alias("value_at_risk"),
    )
    campaigns = campaigns.with_columns(_offer().alias("offer"))
    known = _of_campaigns(responses, campaigns).with_columns(
        _stratum().alias("stratum"), (pl.col("tenure_months") / 12).alias("tenure_years")
    )
    offers = _offers(campaigns, known)
    effects = offer_effects(known, seed=seed)
    recent = _recently_contacted(customers, known)
    pairs = _valued(
        _eligible(customers.join(recent, on="customer_id", how="anti"), offers, known, holdings)
        .join(effects, on=["offer", "stratum"])
        .with_columns(*_kept_values(kept)),
        _default_rates(exposures, customers),
        _credit_terms(exposures),
    )
    observed = _observed(customers)
    budget = _monthly_budget(campaigns, observed)
    is_retention = (offers["objective"] == RETENTION).to_numpy()
    earmark = Earmark(is_retention, _monthly_budget(_retention(campaigns), observed))
    channels = offers["channel"].unique().sort().to_list()
    capacities = np.array([_capacity(offers, channel) for channel in channels], dtype=float)
    plan = plan_contacts(
        _matrix(pairs, customers, offers, "expected_value"),
        offers["contact_cost"].to_numpy(),
        [channels.index(channel) for channel in offers["channel"]],
        budget=budget,
        capacities=capacities,
        earmarks=[earmark] if is_retention.any() else [],
    )
    chosen = actions(customers, offers, pairs, plan, recent)
    spent_before = {
        objective: _monthly_budget(part, observed)
        for (objective,), part in _planned(campaigns).group_by("objective", maintain_order=True)
    }
    return Prescription(
        chosen,
        limits(plan, budget, earmark, channels, capacities, observed),
        budgets(chosen, spent_before, budget, observed),
        retention_steps(observed, _followed(customers, recent, pairs, chosen)),
        kept,
    )


def _of_campaigns(responses: pl.DataFrame, campaigns: pl.DataFrame) -> pl.DataFrame:
    """Responses with what their campaigns were."""
    columns = [
        name for name in ("offer", "objective", "has_random_control") if name in campaigns.columns
    ]
    return responses.join(campaigns.select("campaign_id", *columns), on="campaign_id")


def _planned(campaigns: pl.DataFrame) -> pl.DataFrame:
    """Campaigns that there were: the dimension also has an unknown one, which never began."""
    return campaigns.filter(pl.col("start_date").is_not_null(), pl.col("budget") > 0)


def _retention(campaigns: pl.DataFrame) -> pl.DataFrame:
    return campaigns.filter(pl.col("objective") == RETENTION)


def _kept_values(kept: KeptShare) -> list[pl.Expr]:
    """Effects of retention offers: what is expected to be kept takes the place of conversions."""
    is_retention = pl.col("objective") == RETENTION
    chance, value = pl.col("churn_probability").fill_null(0.0), pl.col("value_at_risk")
    return [
        pl.when(is_retention).then(replaced).otherwise(pl.col(name)).alias(name)
        for name, replaced in (
            ("conversion_effect", chance * kept.estimate),
            ("revenue_effect", value * kept.estimate),
            ("revenue_error", value * kept.standard_error),
        )
    ]


def _followed(
    customers: pl.DataFrame, recent: pl.DataFrame, pairs: pl.DataFrame, chosen: pl.DataFrame
) -> pl.DataFrame:
    """Retention steps of each customer."""
    offered = pairs.filter(pl.col("objective") == RETENTION)
    worth = offered.filter(pl.col("expected_value") > 0)
    contacted = chosen.filter(pl.col("objective") == RETENTION).select(
        "customer_id",
        pl.col("expected_conversions").alias("saved_customers"),
        pl.col("expected_revenue").alias("saved_value"),
    )
    is_in = pl.col("customer_id").is_in
    return customers.join(contacted, on="customer_id", how="left").with_columns(
        is_reachable=~is_in(recent["customer_id"].implode()),
        is_fitting=is_in(offered["customer_id"].implode()),
        is_worthwhile=is_in(worth["customer_id"].implode()),
        is_offered=is_in(contacted["customer_id"].implode()),
    )


def _observed(customers: pl.DataFrame) -> date:
    return cast("date", customers["observation_date"].max())


def _stratum() -> pl.Expr:
    return pl.concat_str(
        pl.col("customer_tier"),
        pl.when(pl.col("age") < 45)
        .then(pl.lit("under 45"))
        .when(pl.col("age") >= 45)
        .then(pl.lit("45 and over"))
        .otherwise(pl.lit("age unknown")),
        separator=", ",
    )


def _offer() -> pl.Expr:
    return pl.concat_str("objective", "product_name", "channel", separator=" / ")


def _offers(campaigns: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Offers made before, with cost of a contact and the most contacts that one campaign made."""
    contacts = known.group_by("campaign_id").agg(pl.col("is_treated").sum().alias("contacts"))
    return (
        campaigns.join(contacts.filter(pl.col("contacts") > 0), on="campaign_id")
        .group_by("offer", maintain_order=True)
        .agg(
            pl.col(
                "objective", "product_name", "product_type", "product_category", "channel"
            ).first(),
            pl.col("currency").first(),
            (ordered_sum(pl.col("budget").cast(pl.Float64)) / pl.col("contacts").sum())
            .round(2)
            .alias("contact_cost"),
            pl.col("contacts").max().cast(pl.Float64).alias("most_contacts"),
            (pl.col("measured_date") - pl.col("start_date"))
            .dt.total_days()
            .mean()
            .alias("measured_days"),
        )
        .sort("offer")
    )


def _capacity(offers: pl.DataFrame, channel: str) -> float:
    return float(
        offers.filter(pl.col("channel") == channel)
        .select(pl.col("most_contacts").max().fill_null(0.0))
        .item()
    )


def _monthly_budget(campaigns: pl.DataFrame, observed: date) -> float:
    """A twelfth of what campaigns of the 12 months up to a day were planned to cost."""
    year = campaigns.filter(
        (pl.col("start_date") <= observed)
        & (pl.col("start_date") > pl.lit(observed).dt.offset_by("-12mo"))
    )
    return round(float(year["budget"].cast(pl.Float64).sort().sum()) / 12, 2)


def _eligible(
    customers: pl.DataFrame, offers: pl.DataFrame, known: pl.DataFrame, holdings: pl.DataFrame
) -> pl.DataFrame:
    """Customers and offers that policy allows and for which past contacts give an effect."""
    box = (
        known.filter("is_treated")
        .group_by("offer", maintain_order=True)
        .agg(
            pl.col(name).cast(pl.Float64).quantile(level).alias(f"{name}_{end}")
            for name in _SUPPORT
            for end, level in (("least", 0.01), ("most", 0.99))
        )
    )
    inside = [
        pl.col(name).cast(pl.Float64).is_between(pl.col(f"{name}_least"), pl.col(f"{name}_most"))
        for name in _SUPPORT
    ]
    is_credit = pl.col("product_category").is_in(_CREDIT)
    is_sound = (
        ~pl.col("is_defaulted")
        & (pl.col("max_dpd_12m") <= LATE_DAYS)
        & (pl.col("arrears_amount") == 0)
    )
    pairs = customers.join(offers, how="cross").join(box, on="offer").filter(*inside)
    pairs = pairs.filter(
        ~is_credit | is_sound,
        ~pl.col("channel").is_in(_DIGITAL) | pl.col("is_digitally_reachable"),
    )
    # An upgrade needs another product of the kind; anything else new needs none of the kind;
    # retention depends on the churn risk and not on holdings.
    same = pairs.filter(pl.col("objective") == "UPGRADE").join(
        holdings, on=["customer_id", "product_name"], how="anti"
    )
    new = pairs.filter(~pl.col("objective").is_in(["UPGRADE", RETENTION])).join(
        holdings, on=["customer_id", "product_type"], how="anti"
    )
    keep = pairs.filter(pl.col("objective") == RETENTION, "is_at_risk", pl.col("value_at_risk") > 0)
    return pl.concat([same, new, keep])


def _recently_contacted(customers: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    observed = _observed(customers)
    return (
        known.filter(
            (pl.col("contact_date") > pl.lit(observed).dt.offset_by(f"-{QUIET_DAYS}d"))
            & (pl.col("contact_date") <= observed)
        )
        .select("customer_id")
        .unique()
    )


def _grade() -> pl.Expr:
    return pl.col("credit_score").cast(pl.Int64) // SCORE_STEP


def _default_rates(exposures: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Mean PD of performing exposures by grade of the bureau score, for every grade there is.

    Grades without exposures have the mean of all, and without any exposure there is no PD.
    """
    performing = exposures.filter(~pl.col("is_defaulted"))
    overall = performing.select(ordered_mean(pl.col("probability_default"))).item()
    rates = performing.group_by(_grade().alias("grade"), maintain_order=True).agg(
        ordered_mean(pl.col("probability_default")).alias("default_rate")
    )
    grades = customers.select(_grade().alias("grade")).unique()
    return grades.join(rates, on="grade", how="left", nulls_equal=True).with_columns(
        pl.col("default_rate").fill_null(pl.lit(overall, pl.Float64))
    )


def _credit_terms(exposures: pl.DataFrame) -> pl.DataFrame:
    """Mean exposure at default and LGD of performing contracts, by kind of product."""
    return (
        exposures.filter(~pl.col("is_defaulted"))
        .group_by("product_type", maintain_order=True)
        .agg(
            ordered_mean(pl.col("exposure_amount").cast(pl.Float64)).alias("exposure"),
            ordered_mean(pl.col("loss_given_default")).alias("loss_given_default"),
        )
    )


def _valued(
    pairs: pl.DataFrame, default_rates: pl.DataFrame, credit_terms: pl.DataFrame
) -> pl.DataFrame:
    """Expected value of each pair, to the cent; credit without a PD or terms has none."""
    horizon = pl.col("measured_days") / 365
    loss = (
        (1 - (1 - pl.col("default_rate")) ** horizon)
        * pl.col("loss_given_default")
        * pl.col("exposure")
    )
    is_credit = pl.col("product_category").is_in(_CREDIT)
    # Fewer conversions by contact lower no loss: credit taken without contact is no gain.
    conversions = pl.col("conversion_effect").clip(lower_bound=0.0)
    return (
        pairs.with_columns(_grade().alias("grade"))
        .join(default_rates, on="grade", how="left", nulls_equal=True)
        .join(credit_terms, on="product_type", how="left")
        .with_columns(
            pl.when(is_credit).then(conversions * loss).otherwise(0.0).alias("expected_credit_cost")
        )
        .with_columns(
            (pl.col("revenue_effect") - pl.col("expected_credit_cost") - pl.col("contact_cost"))
            .round(2)
            .alias("expected_value")
        )
        .drop_nulls("expected_value")
    )


def _matrix(
    pairs: pl.DataFrame, customers: pl.DataFrame, offers: pl.DataFrame, name: str
) -> np.ndarray:
    """A column of the pairs as an array (customers, offers), NaN where there is no pair."""
    rows = customers.select("customer_id").with_row_index("row")
    columns = offers.select("offer").with_row_index("column")
    placed = pairs.join(rows, on="customer_id").join(columns, on="offer")
    matrix = np.full((customers.height, offers.height), np.nan)
    matrix[placed["row"].to_numpy(), placed["column"].to_numpy()] = placed[name].to_numpy()
    return matrix
