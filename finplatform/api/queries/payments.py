"""Payments: the functions and views of `bi` that requirement 3 names.

Belongs here: calling them. Their SQL is in the dbt project.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from finplatform.api.database import Session

Row = dict[str, Any]


async def daily_summary(session: Session, day: date) -> Row:
    """Payments of a day."""
    return await session.row(
        "select * from bi.get_daily_transaction_summary(%(day)s)", {"day": day}
    )


async def latest_day(session: Session) -> date | None:
    """Latest day with a payment."""
    found: date | None = (
        await session.row("select max(transaction_date) as day from bi.vw_payment_analytics")
    )["day"]
    return found


async def failed_payments(session: Session, first: date, last: date, limit: int) -> list[Row]:
    """Payments that failed on the days of a range, oldest first."""
    return await session.rows(
        "select * from bi.detect_failed_payments(%(first)s, %(last)s) limit %(limit)s",
        {"first": first, "last": last, "limit": limit},
    )


async def sla_breaches(session: Session, limit: int) -> list[Row]:
    """Settlements that are late, or were, the latest first."""
    return await session.rows(
        "select * from bi.identify_sla_breaches() limit %(limit)s", {"limit": limit}
    )


async def high_risk(session: Session, threshold: Decimal, limit: int) -> list[Row]:
    """Payments whose score reaches a threshold, the riskiest first."""
    return await session.rows(
        "select * from bi.detect_high_risk_transactions(%(threshold)s) limit %(limit)s",
        {"threshold": threshold, "limit": limit},
    )


async def payment_analytics(session: Session, limit: int) -> list[Row]:
    """Payments by day, method and currency, the latest days first."""
    return await session.rows(
        "select * from bi.vw_payment_analytics"
        " order by transaction_date desc, payment_method, currency limit %(limit)s",
        {"limit": limit},
    )


async def merchant_performance(session: Session, limit: int) -> list[Row]:
    """Merchants by currency, those of most revenue first."""
    return await session.rows(
        "select * from bi.vw_merchant_performance"
        " order by total_revenue desc, merchant_id, currency limit %(limit)s",
        {"limit": limit},
    )


async def customer_insights(session: Session, limit: int) -> list[Row]:
    """Customers by currency, those who spend most first."""
    return await session.rows(
        "select * from bi.vw_customer_insights"
        " order by total_spent desc, customer_id, currency limit %(limit)s",
        {"limit": limit},
    )
