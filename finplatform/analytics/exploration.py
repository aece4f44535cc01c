"""Patterns among customers, as two tables: findings, and a segment per customer.

Belongs here: which features are explored, and the frames of results. Does not belong here: the
methods (see `association`, `rfm` and `segments`).
"""

import numpy as np
import polars as pl

from finplatform.analytics.association import RESULT, categorical_associations, correlations
from finplatform.analytics.rfm import rfm_scores, rfm_summary
from finplatform.analytics.segments import Segments, find_segments
from finplatform.ml.threads import one_thread

CORRELATED = (
    "age", "annual_income", "credit_score", "tenure_months", "num_products", "deposit_balance",
    "credit_amount_3m", "debit_amount_3m", "transaction_count_3m", "digital_share_3m",
    "cash_share_3m", "foreign_share_3m", "failed_share_3m", "fees_charged_12m", "total_debt",
)  # fmt: skip
"""Numbers whose correlations are reported."""

CATEGORIES = (
    "employment_status", "risk_profile", "customer_tier", "is_domestic",
    "is_digitally_reachable", "is_defaulted", "has_card", "has_loan",
)  # fmt: skip
"""Categories whose association is reported."""

CLUSTERED = (
    "age", "tenure_months", "deposit_balance", "debit_amount_3m", "transaction_count_3m",
    "digital_share_3m", "cash_share_3m", "total_debt",
)  # fmt: skip
"""Numbers that segments are found in."""

_SKEWED = ("deposit_balance", "debit_amount_3m", "transaction_count_3m", "total_debt")
"""Of them, those that enter by their logarithm, because a few customers have most of them."""

NEEDED = sorted(
    {"customer_id", "observation_date", "num_cards", "num_loans"}
    | {"days_since_transaction", "transaction_count_12m", "debit_amount_12m"}
    | (set(CORRELATED) | set(CATEGORIES) | set(CLUSTERED)) - {"has_card", "has_loan"}
)
"""Columns of `customer_features` that are read."""

_OUTLIER_LEVEL = 0.001
_SIGNIFICANT = 0.05


@one_thread()
def explore(features: pl.DataFrame, *, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Findings about customers on one day, and the segments of each.

    Args:
        features: Rows of `customer_features` of one observation date, with the columns `NEEDED`.
        seed: Decides draws of the segmentation.

    Returns:
        Rows of `exploratory_analytics`, and rows of `customer_segments`; both empty without rows.
    """
    features = features.sort("customer_id").with_columns(
        (pl.col("num_cards") > 0).alias("has_card"), (pl.col("num_loans") > 0).alias("has_loan")
    )
    if features.is_empty():
        return pl.DataFrame(), pl.DataFrame()
    found = find_segments(_design(features), seed=seed)
    scores = rfm_scores(
        features,
        recency="days_since_transaction",
        frequency="transaction_count_12m",
        value="debit_amount_12m",
    )
    findings = pl.concat(
        [
            correlations(features, CORRELATED).with_columns(finding=pl.lit("CORRELATION")),
            categorical_associations(features, CATEGORIES).with_columns(
                finding=pl.lit("ASSOCIATION")
            ),
            _segment_findings(found),
            _rfm_findings(scores, features["debit_amount_12m"]),
        ],
        how="diagonal_relaxed",
    )
    return _ranked(findings, features), _assignments(features, found, scores)


def _design(features: pl.DataFrame) -> np.ndarray:
    return features.select(
        pl.col(name).cast(pl.Float64).clip(lower_bound=0).log1p()
        if name in _SKEWED
        else pl.col(name).cast(pl.Float64)
        for name in CLUSTERED
    ).to_numpy()


def _segment_findings(found: Segments) -> pl.DataFrame:
    """Mean silhouettes of the numbers tried, and what each segment is like."""
    sizes = np.bincount(found.labels)[1:]
    rows: list[dict[str, object]] = [
        {
            "finding": "SEGMENT_COUNT",
            "method": "SILHOUETTE",
            "subject": f"SEGMENTS_{count}",
            "other": "chosen" if count == len(sizes) else "rejected",
            "customers": int(sizes.sum()),
            "estimate": silhouette,
        }
        for count, silhouette in found.silhouettes.items()
    ]
    rows += [
        {
            "finding": "SEGMENT_PROFILE",
            "method": "STANDARDISED_MEAN",
            "subject": segment_name(number),
            "other": feature,
            "customers": int(size),
            "estimate": float(mean),
        }
        for number, (size, profile) in enumerate(zip(sizes, found.profiles, strict=True), 1)
        for feature, mean in zip(CLUSTERED, profile, strict=True)
    ]
    return pl.DataFrame(rows, schema={"finding": pl.String, **RESULT})


def _rfm_findings(scores: pl.DataFrame, value: pl.Series) -> pl.DataFrame:
    summary = rfm_summary(scores, value)
    return summary.unpivot(
        on=["customer_share", "value_share"],
        index=["rfm_segment", "customers"],
        variable_name="other",
        value_name="estimate",
    ).select(
        pl.lit("RFM_SEGMENT").alias("finding"),
        pl.lit("SHARE").alias("method"),
        pl.col("rfm_segment").alias("subject"),
        "other",
        "customers",
        "estimate",
    )


def _ranked(findings: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
    # What cannot be estimated, such as a share of nothing, is no finding.
    return findings.filter(pl.col("estimate").is_finite()).with_columns(
        pl.lit(features["observation_date"].max()).alias("observation_date"),
        (pl.col("p_adjusted") < _SIGNIFICANT).alias("is_significant"),
        pl.col("estimate")
        .abs()
        .rank("ordinal", descending=True)
        .over("finding", "method")
        .cast(pl.Int32)
        .alias("strength_rank"),
    )


def _assignments(features: pl.DataFrame, found: Segments, scores: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        [
            features.select("customer_id", "observation_date"),
            pl.DataFrame(
                {
                    "segment": [segment_name(int(label)) for label in found.labels],
                    "outlier_p_value": found.outlier_p_values,
                    "is_outlier": found.outlier_p_values < _OUTLIER_LEVEL,
                }
            ),
            scores,
        ],
        how="horizontal",
    )


def segment_name(number: int) -> str:
    """Name of a segment, by its number: the profile describes it."""
    return f"SEGMENT_{number}"
