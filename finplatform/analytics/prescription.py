"""What to do next: one offer at most for each customer, with expected value and the reason.

Belongs here: who may be offered what, what an offer is worth, and the frames of results. Does not
belong here: the effects of past contacts (see `offer_effects`) and the optimisation (see
`contact_plan`).

An offer to a customer is worth

    revenue effect - conversion effect x PD over the measured days x LGD x exposure - contact cost

all from data: effects from measured campaigns, PD by bureau score, LGD and exposure of contracts of
the product's kind, cost from campaign budgets. Revenue and loss are those of the days over which
campaigns were measured; what comes later is in neither.
"""

from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import polars as pl

from finplatform.analytics.contact_plan import Plan, plan_contacts
from finplatform.analytics.offer_effects import offer_effects
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
    """Rows of the two tables.

    Attributes:
        actions: Rows of `prescriptive_analytics`, one per customer.
        limits: Rows of `contact_plan_limits`, one per limit.
    """

    actions: pl.DataFrame
    limits: pl.DataFrame


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
        customers: `customer_features` of one observation date.
        responses: Measured responses with what was known of the customer at the assignment:
            `campaign_id`, `customer_id`, `is_treated`, `is_converted`, `revenue`, `contact_date`,
            `age`, `annual_income`, `credit_score`, `tenure_months`, `customer_tier`.
        campaigns: `dim_campaign` with `product_type`.
        holdings: `customer_id`, `product_name`, `product_type` of open contracts.
        exposures: `fact_risk_metrics` of the latest date.
        seed: Decides the folds of adjustments.

    Returns:
        Rows of both tables; without customers none.
    """
    if customers.is_empty():
        return Prescription(pl.DataFrame(), pl.DataFrame())
    customers = customers.sort("customer_id").with_columns(_stratum().alias("stratum"))
    campaigns = campaigns.with_columns(_offer().alias("offer"))
    known = responses.join(
        campaigns.select("campaign_id", "offer", "has_random_control"), on="campaign_id"
    ).with_columns(
        _stratum().alias("stratum"), (pl.col("tenure_months") / 12).alias("tenure_years")
    )
    offers = _offers(campaigns, known)
    effects = offer_effects(known, seed=seed)
    pairs = _valued(
        _eligible(customers, offers, known, holdings).join(effects, on=["offer", "stratum"]),
        _default_rates(exposures, customers),
        _credit_terms(exposures),
    )
    observed = _observed(customers)
    budget = _monthly_budget(campaigns, observed)
    channels = offers["channel"].unique().sort().to_list()
    capacities = np.array([_capacity(offers, channel) for channel in channels], dtype=float)
    plan = plan_contacts(
        _matrix(pairs, customers, offers, "expected_value"),
        offers["contact_cost"].to_numpy(),
        [channels.index(channel) for channel in offers["channel"]],
        budget=budget,
        capacities=capacities,
    )
    return Prescription(
        _actions(customers, offers, pairs, plan, known),
        _limits(plan, budget, channels, capacities, observed),
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
    """Customers and offers that policy allows, and that past contacts say anything about."""
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
    quiet = customers.join(_recently_contacted(customers, known), on="customer_id", how="anti")
    pairs = quiet.join(offers, how="cross").join(box, on="offer").filter(*inside)
    pairs = pairs.filter(
        ~is_credit | is_sound,
        ~pl.col("channel").is_in(_DIGITAL) | pl.col("is_digitally_reachable"),
    )
    # An upgrade is for who has another product of the kind; anything else new is for who has none;
    # keeping a customer has nothing to do with what is held.
    same = pairs.filter(pl.col("objective") == "UPGRADE").join(
        holdings, on=["customer_id", "product_name"], how="anti"
    )
    new = pairs.filter(~pl.col("objective").is_in(["UPGRADE", "RETENTION"])).join(
        holdings, on=["customer_id", "product_type"], how="anti"
    )
    return pl.concat([same, new, pairs.filter(pl.col("objective") == "RETENTION")])


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
    # Fewer conversions by contact lower no loss: who would have taken the credit anyway is no gain.
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


def _actions(
    customers: pl.DataFrame,
    offers: pl.DataFrame,
    pairs: pl.DataFrame,
    plan: Plan,
    known: pl.DataFrame,
) -> pl.DataFrame:
    names = [*offers["offer"], None]
    chosen = customers.select("customer_id", "observation_date", "customer_tier").with_columns(
        pl.Series("offer", [names[number] for number in plan.offer], pl.String)
    )
    best = pairs.group_by("customer_id").agg(pl.col("expected_value").max().alias("best_value"))
    details = pairs.select(
        "customer_id", "offer", "objective", "product_name", "channel", "currency", "stratum",
        "conversion_effect", "revenue_effect", "revenue_error", "expected_credit_cost",
        "contact_cost", "expected_value",
    )  # fmt: skip
    recent = _recently_contacted(customers, known).with_columns(pl.lit(True).alias("is_recent"))
    reason = (
        pl.when(pl.col("offer").is_not_null())
        .then(pl.lit("BEST_WITHIN_LIMITS"))
        .when(pl.col("is_recent").fill_null(False))
        .then(pl.lit("CONTACTED_RECENTLY"))
        .when(pl.col("best_value").is_null())
        .then(pl.lit("NO_OFFER_FITS"))
        .when(pl.col("best_value") <= 0)
        .then(pl.lit("NO_OFFER_PAYS"))
        .otherwise(pl.lit("LIMITS_REACHED"))
    )
    return (
        chosen.join(best, on="customer_id", how="left")
        .join(recent, on="customer_id", how="left")
        .join(details, on=["customer_id", "offer"], how="left")
        .with_columns(
            pl.when(pl.col("offer").is_null())
            .then(pl.lit("NO_CONTACT"))
            .otherwise(pl.lit("CONTACT"))
            .alias("recommended_action"),
            reason.alias("reason"),
            (pl.col("expected_value") / pl.col("contact_cost")).alias("expected_roi"),
            pl.col("expected_value")
            .rank("ordinal", descending=True)
            .cast(pl.Int32)
            .alias("priority_rank"),
        )
        .rename({"revenue_effect": "expected_revenue", "revenue_error": "revenue_standard_error"})
        .rename({"conversion_effect": "expected_conversions", "best_value": "best_expected_value"})
        .sort("customer_id")
    )


def _limits(
    plan: Plan, budget: float, channels: list[str], capacities: np.ndarray, observed: date
) -> pl.DataFrame:
    rows = [("BUDGET", "ALL", budget, plan.spent, plan.budget_price)]
    rows += [
        ("CAPACITY", channel, float(capacity), float(used), float(price))
        for channel, capacity, used, price in zip(
            channels, capacities, plan.contacts, plan.capacity_prices, strict=True
        )
    ]
    return pl.DataFrame(
        rows,
        schema={
            "limit_type": pl.String,
            "member": pl.String,
            "limit_value": pl.Float64,
            "used_value": pl.Float64,
            "shadow_price": pl.Float64,
        },
        orient="row",
    ).with_columns(
        pl.lit(observed).alias("observation_date"),
        pl.lit(plan.value).alias("plan_value"),
        pl.lit(plan.bound).alias("bound_value"),
    )
