"""The due-diligence score: geography, product, behaviour, politically exposed, screening.

Points add up to a risk level, which sets how often a customer is reviewed. Belongs here: points
and levels. Does not belong here: due dates (see `reviews`).
"""

import polars as pl

from finplatform.compliance.kyc.policy import Policy

PARTS = ("geography", "product", "behaviour", "pep", "screening")
LEVELS = ("LOW", "MEDIUM", "HIGH")
MOST_POINTS = 100

FACTS = pl.Schema(
    {
        "customer_id": pl.String(),
        "is_abroad": pl.Boolean(),
        "fatf_status": pl.String(),
        "product_risk": pl.String(),
        "cash_in_amount": pl.Float64(),
        "inflow_amount": pl.Float64(),
        "annual_income": pl.Float64(),
        "has_listed_dealings": pl.Boolean(),
        "is_pep": pl.Boolean(),
        "has_hit": pl.Boolean(),
    }
)
"""What is known of a customer. Amounts are those of the last year, in the bank's currency; the
highest risk of a product counts; what is not known is null and gives no points."""


def scored(facts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Customers with points of each part, their sum as `score`, and its `risk_level`.

    Args:
        facts: Customers by `FACTS`.
        policy: Points and thresholds.
    """
    points = facts.select(
        "customer_id",
        geography_points=pl.max_horizontal(
            _points(pl.col("fatf_status") == "CALL_FOR_ACTION", policy["points_call_for_action"]),
            _points(
                pl.col("fatf_status") == "INCREASED_MONITORING",
                policy["points_increased_monitoring"],
            ),
            _points(pl.col("is_abroad"), policy["points_abroad"]),
        ),
        product_points=pl.max_horizontal(
            _points(pl.col("product_risk") == "HIGH", policy["points_product_high"]),
            _points(pl.col("product_risk") == "MEDIUM", policy["points_product_medium"]),
        ),
        behaviour_points=_points(_is_cash_heavy(policy), policy["points_cash"])
        + _points(
            pl.col("inflow_amount") > pl.col("annual_income") * policy["turnover_to_income"],
            policy["points_turnover"],
        )
        + _points(pl.col("has_listed_dealings"), policy["points_listed_countries"]),
        pep_points=_points(pl.col("is_pep"), policy["points_pep"]),
        screening_points=_points(pl.col("has_hit"), policy["points_screening"]),
    )
    score = pl.sum_horizontal(f"{part}_points" for part in PARTS).clip(0, MOST_POINTS)
    return points.with_columns(score=score).with_columns(risk_level=_level(policy))


def _is_cash_heavy(policy: Policy) -> pl.Expr:
    cash = pl.col("cash_in_amount")
    return (cash >= policy["cash_least"]) & (cash >= pl.col("inflow_amount") * policy["cash_share"])


def _points(condition: pl.Expr, points: float) -> pl.Expr:
    return pl.when(condition.fill_null(value=False)).then(round(points)).otherwise(0)


def _level(policy: Policy) -> pl.Expr:
    return (
        pl.when(pl.col("score") >= policy["level_high"])
        .then(pl.lit("HIGH"))
        .when(pl.col("score") >= policy["level_medium"])
        .then(pl.lit("MEDIUM"))
        .otherwise(pl.lit("LOW"))
    )
