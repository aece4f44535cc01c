"""`/api/v1/transactions`: transactions, newest first.

Belongs here: the resource.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from finplatform.api.login.identity import Caller
from finplatform.api.paging import After, Limit, Page, cursor, page_of, read_cursor
from finplatform.api.problems import described
from finplatform.api.queries import transactions as queries
from finplatform.api.routes.values import PathId, QueryCode, QueryDay, QueryId
from finplatform.api.state import FromApp
from finplatform.errors import NothingFoundError

_FOREVER = datetime(9999, 12, 31, tzinfo=UTC)

router = APIRouter(prefix="/api/v1/transactions", tags=["transactions"])


class Transaction(BaseModel):
    """A transaction; `amount` is in `currency`, the signed one and fees in the account's.

    `is_flagged` means that the fraud rules suspect it, by more than its size; it is no finding.
    """

    transaction_key: int
    transaction_id: str
    account_id: str
    customer_id: str
    transaction_at: datetime
    transaction_date: date
    transaction_type: str
    transaction_category: str
    channel: str
    status: str
    decline_reason: str | None
    currency: str
    amount: Decimal
    account_currency: str
    transaction_amount: Decimal
    fees: Decimal
    is_flagged: bool
    is_fraud: bool


class TransactionKey(BaseModel):
    """Where a page of transactions ends."""

    before_at: datetime
    before_date: date
    before_key: Annotated[int, Query(ge=-(2**63), lt=2**63)]


@router.get("", responses=described(404))
async def list_transactions(
    shared: FromApp,
    caller: Caller,
    account_id: QueryId = None,
    customer_id: QueryId = None,
    first: Annotated[QueryDay, Query(alias="from", description="First day.")] = None,
    last: Annotated[QueryDay, Query(alias="to", description="Last day.")] = None,
    status: QueryCode = None,
    transaction_type: QueryCode = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[Transaction]:
    """Transactions, newest first; without an account or a customer and days, of the last day.

    A page looks at no more than 31 days of the whole bank: it may hold fewer rows than `limit`, and
    still have a `next`.
    """
    key = read_cursor(after, TransactionKey)
    values = {
        "account_id": account_id,
        "customer_id": customer_id,
        "status": status,
        "transaction_type": transaction_type,
        **(key.model_dump() if key else {}),
    }
    async with shared.pool.session(caller) as session:
        if account_id is not None or customer_id is not None:
            days = queries.Days(first, last)
            earlier = None
        else:
            held = await queries.days_held(session)
            days, earlier = held.chosen(first, last, key.before_date if key else None)
        rows = await queries.transactions(session, limit + 1, days, **values)
    page = page_of(rows, limit, Transaction, _key)
    if page.next is None and earlier is not None:
        page.next = cursor(TransactionKey(before_at=_FOREVER, before_date=earlier, before_key=0))
    return page


@router.get("/{transaction_id}", responses=described(404))
async def get_transaction(shared: FromApp, caller: Caller, transaction_id: PathId) -> Transaction:
    """One transaction."""
    async with shared.pool.session(caller) as session:
        row = await queries.transaction(session, transaction_id)
    if row is None:
        raise NothingFoundError("There is no such transaction.")
    return Transaction(**row)


def _key(row: Transaction) -> TransactionKey:
    return TransactionKey(
        before_at=row.transaction_at,
        before_date=row.transaction_date,
        before_key=row.transaction_key,
    )
