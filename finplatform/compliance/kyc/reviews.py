"""Reviews of customers: due dates and alerts.

A review is due at the date that the last one set, or earlier if the score now requires a shorter
interval. Does not belong here: the score (see `due_diligence`) and notifications.
"""

from datetime import date, timedelta
from enum import StrEnum

import polars as pl

from finplatform.compliance.kyc.due_diligence import LEVELS
from finplatform.compliance.kyc.policy import Policy

LATEST = pl.Schema(
    {
        "customer_id": pl.String(),
        "customer_since": pl.Date(),
        "review_id": pl.String(),
        "review_date": pl.Date(),
        "review_status": pl.String(),
        "risk_rating": pl.String(),
        "is_pep": pl.Boolean(),
        "next_review_date": pl.Date(),
        "documents_expire_date": pl.Date(),
    }
)
"""A customer with the last review; its columns are null where there is none."""

ALERTS = pl.Schema(
    {
        "subject_kind": pl.String(),
        "subject_id": pl.String(),
        "alert_code": pl.String(),
        "since_date": pl.Date(),
        "days_open": pl.Int64(),
        "detail": pl.String(),
    }
)


class AlertCode(StrEnum):
    """What calls for attention.

    Attributes:
        NO_REVIEW: A customer was never reviewed.
        REVIEW_OVERDUE: The next review was due before today.
        DOCUMENTS_EXPIRED: A document of the last review is not valid any more.
        DOCUMENTS_EXPIRE_SOON: One will not be soon.
        RATING_TOO_LOW: The score is of a higher risk than the last review.
        OWNERS_UNEXPLAINED: The unexplained share of a company is large enough for another owner.
        OWNERS_CIRCULAR: Companies hold each other fully, without an outside owner.
        NO_CONTROLLER: No known person directs a company.
    """

    NO_REVIEW = "NO_REVIEW"
    REVIEW_OVERDUE = "REVIEW_OVERDUE"
    DOCUMENTS_EXPIRED = "DOCUMENTS_EXPIRED"
    DOCUMENTS_EXPIRE_SOON = "DOCUMENTS_EXPIRE_SOON"
    RATING_TOO_LOW = "RATING_TOO_LOW"
    OWNERS_UNEXPLAINED = "OWNERS_UNEXPLAINED"
    OWNERS_CIRCULAR = "OWNERS_CIRCULAR"
    NO_CONTROLLER = "NO_CONTROLLER"


def review_states(
    latest: pl.DataFrame, scores: pl.DataFrame, policy: Policy, as_of: date
) -> pl.DataFrame:
    """Customers with score, last review, `due_date`, `days_overdue` and `is_rating_too_low`.

    Args:
        latest: Customers by `LATEST`.
        scores: Scores as `due_diligence.scored` gives them.
        policy: Months between reviews.
        as_of: Today.
    """
    months = pl.col("risk_level").replace_strict(
        {level: round(policy[f"review_months_{level.lower()}"]) for level in LEVELS},
        return_dtype=pl.Int64,
    )
    by_score = pl.col("review_date").dt.offset_by(pl.format("{}mo", months))
    is_under_way = pl.col("review_status") == "IN_PROGRESS"
    due = (
        pl.when(pl.col("review_id").is_null())
        .then("customer_since")
        .when(~is_under_way)
        .then(pl.min_horizontal("next_review_date", by_score))
    )
    days = (pl.lit(as_of) - pl.col("due_date")).dt.total_days()
    return (
        latest.join(scores, on="customer_id")
        .with_columns(due_date=due)
        .with_columns(
            days_overdue=pl.max_horizontal(days, 0).fill_null(0),
            is_rating_too_low=(_rank("risk_level") > _rank("risk_rating")).fill_null(value=False),
            as_of_date=pl.lit(as_of),
        )
        .sort("customer_id")
    )


def customer_alerts(states: pl.DataFrame, policy: Policy, as_of: date) -> pl.DataFrame:
    """Alerts of customers by `ALERTS`.

    Args:
        states: Customers as `review_states` gives them.
        policy: Days before a document expires.
        as_of: Today.
    """
    expires = pl.col("documents_expire_date")
    soon = as_of + timedelta(days=round(policy["documents_warn_days"]))
    has_review = pl.col("review_id").is_not_null()
    rated = pl.format("Rated {}, scores {} ({} points)", "risk_rating", "risk_level", "score")
    found = [
        (AlertCode.NO_REVIEW, ~has_review, pl.col("due_date"), pl.lit("Never reviewed")),
        (
            AlertCode.REVIEW_OVERDUE,
            has_review & (pl.col("days_overdue") > 0),
            pl.col("due_date"),
            pl.format("Review of a {} risk due on {}", "risk_level", "due_date"),
        ),
        (
            AlertCode.DOCUMENTS_EXPIRED,
            expires < as_of,
            expires,
            pl.format("Documents valid until {}", expires),
        ),
        (
            AlertCode.DOCUMENTS_EXPIRE_SOON,
            expires.is_between(as_of, soon),
            pl.lit(as_of),
            pl.format("Documents valid until {}", expires),
        ),
        (
            AlertCode.RATING_TOO_LOW,
            has_review & pl.col("is_rating_too_low"),
            pl.lit(as_of),
            rated,
        ),
    ]
    return pl.concat(
        _alerts(states.filter(condition), "CUSTOMER", "customer_id", code, since, detail, as_of)
        for code, condition, since, detail in found
    )


def company_alerts(companies: pl.DataFrame, policy: Policy, as_of: date) -> pl.DataFrame:
    """Alerts of companies by `ALERTS`.

    Args:
        companies: Companies as `owners.Ownership.companies`, with `stated_date` and `controllers`.
        policy: Share that makes an owner.
        as_of: Today.
    """
    unknown = 1 - pl.col("explained_share")
    found = [
        (
            AlertCode.OWNERS_UNEXPLAINED,
            (unknown.round(9) >= policy["owner_share"]) & ~pl.col("is_circular"),
            pl.format("{}% of the equity has no known holder", (unknown * 100).round(1)),
        ),
        (
            AlertCode.OWNERS_CIRCULAR,
            pl.col("is_circular"),
            pl.lit("Companies hold each other fully, without an outside owner"),
        ),
        (
            AlertCode.NO_CONTROLLER,
            pl.col("controllers") == 0,
            pl.lit("No person is named who directs the company"),
        ),
    ]
    since = pl.col("stated_date")
    return pl.concat(
        _alerts(companies.filter(condition), "COMPANY", "company_id", code, since, detail, as_of)
        for code, condition, detail in found
    )


def _alerts(
    rows: pl.DataFrame,
    kind: str,
    subject: str,
    code: AlertCode,
    since: pl.Expr,
    detail: pl.Expr,
    as_of: date,
) -> pl.DataFrame:
    return rows.select(
        subject_kind=pl.lit(kind),
        subject_id=pl.col(subject),
        alert_code=pl.lit(code.value),
        since_date=since.cast(pl.Date),
        days_open=(pl.lit(as_of) - since.cast(pl.Date)).dt.total_days(),
        detail=detail.cast(pl.String),
    ).cast(ALERTS)


def _rank(column: str) -> pl.Expr:
    levels = {level: rank for rank, level in enumerate(LEVELS)}
    return pl.col(column).replace_strict(levels, default=None, return_dtype=pl.Int64)
