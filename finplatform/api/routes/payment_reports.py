"""Reports and analyses of payments: what requirement 3 documents, with the paths printed there.

Belongs here: parameters and answers. Figures are JSON numbers here, as printed; under `/api/v1`
amounts are decimal strings. The header `X-More-Rows` marks a list that was cut at `limit`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, WithJsonSchema

from finplatform.api.login.identity import Caller
from finplatform.api.problems import described
from finplatform.api.queries import payments
from finplatform.api.routes.values import Day, Number
from finplatform.api.state import FromApp
from finplatform.api.tagged import TaggedRoute
from finplatform.errors import NothingFoundError

router = APIRouter(prefix="/api", tags=["payments"], route_class=TaggedRoute)

MORE_ROWS = "X-More-Rows"
_MOST_ROWS = 10_000

Rows = Annotated[int, Query(ge=1, le=_MOST_ROWS, description="Most rows.")]
Item = TypeVar("Item", bound=BaseModel)


class DailySummary(BaseModel):
    """Payments of a day."""

    transaction_date: date
    total_transactions: int
    successful_transactions: int
    failed_transactions: int
    success_rate: Number
    total_revenue: Number


class FailedPayment(BaseModel):
    """A payment that failed."""

    payment_id: str
    payment_at: datetime
    customer_id: str
    merchant_id: str
    merchant_name: str
    amount: Number
    currency: str
    payment_method: str
    failure_reason: str | None
    risk_score: Number


class SlaBreach(BaseModel):
    """A settlement that was paid out after its due day, or is open and past it."""

    settlement_id: str
    merchant_id: str
    merchant_name: str
    cutoff_date: date
    sla_class: str
    sla_days: int
    settlement_due_date: date
    settlement_date: date | None
    days_delayed: int
    net_amount: Number
    currency: str
    status: str
    delay_reason: str | None


class HighRiskPayment(BaseModel):
    """A payment whose risk score reaches the threshold."""

    payment_id: str
    payment_at: datetime
    customer_id: str
    merchant_id: str
    merchant_name: str
    amount: Number
    currency: str
    payment_method: str
    status: str
    risk_score: Number
    is_fraud_flagged: bool


class PaymentAnalytics(BaseModel):
    """Payments of a day by method and currency."""

    transaction_date: date
    payment_method: str
    currency: str
    total_transactions: int
    successful_transactions: int
    failed_transactions: int
    pending_transactions: int
    refunded_transactions: int
    success_rate: Number | None
    total_amount: Number
    total_revenue: Number
    total_commission: Number
    average_amount: Number
    average_risk_score: Number
    high_risk_transactions: int
    fraud_flagged_transactions: int


class MerchantPerformance(BaseModel):
    """A merchant's payments and settlements in a currency."""

    merchant_key: int
    merchant_id: str
    merchant_name: str
    category: str
    business_type: str
    country: str
    risk_level: str
    commission_rate: Number
    currency: str
    total_transactions: int
    successful_transactions: int
    failed_transactions: int
    pending_transactions: int
    refunded_transactions: int
    success_rate: Number | None
    total_revenue: Number
    total_commission: Number
    average_transaction_amount: Number | None
    average_risk_score: Number
    fraud_flagged_transactions: int
    last_payment_date: date
    total_settlements: int
    settled_amount: Number
    open_amount: Number
    sla_breaches: int
    sla_breach_rate: Number | None
    average_days_late: Number | None


class CustomerInsights(BaseModel):
    """A customer's payments in a currency, under a masked name."""

    customer_key: int
    customer_id: str
    customer_name: str
    customer_tier: str
    risk_profile: str
    credit_score: int | None
    credit_score_band: str
    country: str
    currency: str
    total_transactions: int
    successful_transactions: int
    failed_transactions: int
    pending_transactions: int
    refunded_transactions: int
    success_rate: Number | None
    total_spent: Number
    average_transaction_amount: Number | None
    max_transaction_amount: Number | None
    merchant_count: int
    card_rate: Number | None
    average_risk_score: Number
    max_risk_score: Number
    high_risk_transactions: int
    fraud_flagged_transactions: int
    first_payment_date: date
    last_payment_date: date
    days_since_last_payment: int


@router.get("/reports/daily-summary", responses=described(404))
async def daily_summary(
    shared: FromApp,
    caller: Caller,
    report_date: Annotated[Day | None, Query(description="Default: the latest day.")] = None,
) -> DailySummary:
    """Counts, success rate and revenue of a day's payments."""
    async with shared.pool.session(caller) as session:
        day = report_date or await payments.latest_day(session)
        if day is None:
            raise NothingFoundError("There are no payments yet.")
        return DailySummary(**await payments.daily_summary(session, day))


@router.get("/reports/failed-payments")
async def failed_payments(
    shared: FromApp,
    caller: Caller,
    response: Response,
    start_date: Annotated[Day, Query(description="First day.")],
    end_date: Annotated[Day, Query(description="Last day.")],
    limit: Rows = 1_000,
) -> list[FailedPayment]:
    """Payments that failed on the days of a range, both ends among them, oldest first."""
    async with shared.pool.session(caller, is_heavy=True) as session:
        rows = await payments.failed_payments(session, start_date, end_date, limit + 1)
    return _cut(rows, limit, FailedPayment, response)


@router.get("/reports/sla-breaches")
async def sla_breaches(
    shared: FromApp, caller: Caller, response: Response, limit: Rows = 1_000
) -> list[SlaBreach]:
    """Settlements that were paid out late, or are open past their due day, the latest first."""
    async with shared.pool.session(caller, is_heavy=True) as session:
        rows = await payments.sla_breaches(session, limit + 1)
    return _cut(rows, limit, SlaBreach, response)


@router.get("/reports/high-risk-transactions")
async def high_risk_transactions(
    shared: FromApp,
    caller: Caller,
    response: Response,
    risk_threshold: Annotated[
        Decimal,
        Query(ge=0, le=100, description="Least score, 0 to 100.", allow_inf_nan=False),
        # The generated schema of a Decimal accepts any string.
        WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
    ] = Decimal(70),
    limit: Rows = 1_000,
) -> list[HighRiskPayment]:
    """Payments whose risk score reaches the threshold, the riskiest first."""
    async with shared.pool.session(caller, is_heavy=True) as session:
        rows = await payments.high_risk(session, risk_threshold, limit + 1)
    return _cut(rows, limit, HighRiskPayment, response)


@router.get("/analytics/payment-analytics")
async def payment_analytics(
    shared: FromApp, caller: Caller, response: Response, limit: Rows = 100
) -> list[PaymentAnalytics]:
    """Payments by day, method and currency, the latest days first."""
    async with shared.pool.session(caller, is_heavy=True) as session:
        rows = await payments.payment_analytics(session, limit + 1)
    return _cut(rows, limit, PaymentAnalytics, response)


@router.get("/analytics/merchant-performance")
async def merchant_performance(
    shared: FromApp, caller: Caller, response: Response, limit: Rows = 1_000
) -> list[MerchantPerformance]:
    """Merchants with their payments and settlements, those of most revenue first."""
    async with shared.pool.session(caller, is_heavy=True) as session:
        rows = await payments.merchant_performance(session, limit + 1)
    return _cut(rows, limit, MerchantPerformance, response)


@router.get("/analytics/customer-insights")
async def customer_insights(
    shared: FromApp, caller: Caller, response: Response, limit: Rows = 100
) -> list[CustomerInsights]:
    """Customers, under masked names, with their payments, those who spend most first."""
    async with shared.pool.session(caller, is_heavy=True) as session:
        rows = await payments.customer_insights(session, limit + 1)
    return _cut(rows, limit, CustomerInsights, response)


def _cut(
    rows: list[dict[str, Any]], limit: int, item: type[Item], response: Response
) -> list[Item]:
    """The rows of the page; one more was read to detect further rows."""
    response.headers[MORE_ROWS] = str(len(rows) > limit).lower()
    return [item(**row) for row in rows[:limit]]
