"""The frames of a plan of contacts: what to do with each customer, limits, and money by objective.

Belongs here: shaping results. Does not belong here: what an offer is worth (see `prescription`), or
the optimisation (see `contact_plan`).
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from finplatform.analytics.contact_plan import Earmark, Plan
from finplatform.analytics.retention import RETENTION

ALL = "ALL"
_SUMMED = ("contact_cost", "expected_revenue", "expected_credit_cost", "expected_value")


def actions(
    customers: pl.DataFrame,
    offers: pl.DataFrame,
    pairs: pl.DataFrame,
    plan: Plan,
    recent: pl.DataFrame,
) -> pl.DataFrame:
    """Next best action of each customer, with its reason.

    Args:
        customers: Customers in the order of the plan, with `value_at_risk`.
        offers: Offers in the order of the plan.
        pairs: Customers and offers with their values.
        plan: The plan.
        recent: `customer_id` of those contacted too lately.

    Returns:
        The columns of `gold.prescriptive_analytics`.
    """
    names = [*offers["offer"], None]
    chosen = customers.select(
        "customer_id", "observation_date", "customer_tier", "churn_probability", "value_at_risk"
    ).with_columns(pl.Series("offer", [names[number] for number in plan.offer], pl.String))
    best = pairs.group_by("customer_id").agg(pl.col("expected_value").max().alias("best_value"))
    details = pairs.select(
        "customer_id", "offer", "objective", "product_name", "channel", "currency", "stratum",
        "conversion_effect", "revenue_effect", "revenue_error", "expected_credit_cost",
        "contact_cost", "expected_value",
    )  # fmt: skip
    recent = recent.with_columns(pl.lit(True).alias("is_recent"))
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
            pl.when(pl.col("objective") == RETENTION)
            .then(pl.col("revenue_effect"))
            .alias("expected_saved_value"),
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


def limits(
    plan: Plan,
    budget: float,
    earmark: Earmark,
    channels: list[str],
    capacities: np.ndarray,
    observed: date,
) -> pl.DataFrame:
    """Available and used part of each limit.

    Args:
        plan: The plan.
        budget: Most that may be spent.
        earmark: Most that may be spent on retention; left out where nothing is offered for it.
        channels: Channels in the order of the plan.
        capacities: Most contacts by channel.
        observed: Month end of the plan.

    Returns:
        The columns of `gold.contact_plan_limits`.
    """
    rows = [("BUDGET", "ALL", budget, plan.spent, plan.budget_price)]
    rows += [
        ("EARMARK", RETENTION, earmark.budget, float(used), float(price))
        for used, price in zip(plan.earmarked, plan.earmark_prices, strict=True)
    ]
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


def budgets(
    chosen: pl.DataFrame, objectives: Mapping[str, float], budget: float, observed: date
) -> pl.DataFrame:
    """Spending and expected value of the plan by objective, with the total.

    Args:
        chosen: Result of `actions`.
        objectives: A twelfth of the year's campaign budgets by objective.
        budget: The same of all campaigns.
        observed: Month end of the plan.

    Returns:
        The columns of `gold.intervention_budgets`, one row per objective and one for all.
    """
    planned = chosen.filter(pl.col("objective").is_not_null())
    sums = (
        planned.group_by("objective", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("contacts"),
            pl.col("currency").first(),
            *(pl.col(name).cast(pl.Float64).sort().sum().round(2) for name in _SUMMED),
        )
        .sort("objective")
    )
    known = pl.DataFrame(
        {"objective": list(objectives), "budget_amount": list(objectives.values())},
        schema={"objective": pl.String, "budget_amount": pl.Float64},
    ).sort("objective")
    rows = known.join(sums, on="objective", how="left", maintain_order="left").with_columns(
        pl.col("contacts").fill_null(0), *(pl.col(name).fill_null(0.0) for name in _SUMMED)
    )
    whole = rows.select(
        pl.lit(ALL).alias("objective"),
        pl.lit(budget).alias("budget_amount"),
        pl.col("contacts").sum(),
        pl.col("currency").drop_nulls().first(),
        *(pl.col(name).sum().round(2) for name in _SUMMED),
    )
    spent, total = pl.col("contact_cost"), pl.lit(whole["contact_cost"].item(), pl.Float64)
    return (
        pl.concat([rows, whole])
        .with_columns(
            observation_date=pl.lit(observed),
            is_limit=pl.col("objective").is_in([RETENTION, ALL]),
            expected_roi=pl.when(spent > 0).then(pl.col("expected_value") / spent),
            budget_use_rate=pl.when(pl.col("budget_amount") > 0).then(
                spent / pl.col("budget_amount")
            ),
            planned_share=pl.when(total > 0).then(spent / total),
        )
        .rename({"contact_cost": "planned_amount"})
    )
