"""`/api/v1/transactions`: transactions, newest first.

Belongs here: the resource. Without an account or a customer a request is of a window of days, by
default of the last day held.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from finplatform.api.login.identity import Caller
from finplatform.api.paging import After, Limit, Page, page_of, read_cursor
from finplatform.api.problems import InvalidValueError, described
from finplatform.api.queries import transactions as queries
from finplatform.api.routes.values import PathId, QueryCode, QueryDay, QueryId
from finplatform.api.state import FromApp
from finplatform.errors import NothingFoundError

router = APIRouter(prefix="/api/v1/transactions", tags=["transactions"])


class Transaction(BaseModel):
    """A transaction; `amount` is in `currency`, the signed one and fees in the account's."""

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
    risk_score: int
    is_flagged: bool
    is_fraud: bool


class TransactionKey(BaseModel):
    """Where a page of transactions ends."""

    before_at: datetime
    before_date: date
    before_key: Annotated[int, Query(ge=-(2**63), lt=2**63)]


@router.get("")
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
    """Transactions of an account, of a customer, or of a window of at most 31 days."""
    key = read_cursor(after, TransactionKey)
    async with shared.pool.session(caller) as session:
        if account_id is None and customer_id is None:
            first, last = _window(first, last, await queries.last_day(session))
        rows = await queries.transactions(
            session,
            limit + 1,
            account_id=account_id,
            customer_id=customer_id,
            first=first,
            last=last,
            status=status,
            transaction_type=transaction_type,
            **(key.model_dump() if key else {}),
        )
    return page_of(rows, limit, Transaction, _key)


@router.get("/{transaction_id}", responses=described(404))
async def get_transaction(shared: FromApp, caller: Caller, transaction_id: PathId) -> Transaction:
    """One transaction."""
    async with shared.pool.session(caller) as session:
        row = await queries.transaction(session, transaction_id)
    if row is None:
        raise NothingFoundError("There is no such transaction.")
    return Transaction(**row)


def _window(
    first: date | None, last: date | None, held: date | None
) -> tuple[date | None, date | None]:
    """First and last day of a request without an account.

    Raises:
        InvalidValueError: If they are too far apart.
    """
    begin, end = first or last or held, last or first or held
    if begin is not None and end is not None and (end - begin).days >= queries.LONGEST_DAYS:
        raise InvalidValueError(
            "query.to", f"Ask for at most {queries.LONGEST_DAYS} days, or for one account."
        )
    return begin, end


def _key(row: Transaction) -> TransactionKey:
    return TransactionKey(
        before_at=row.transaction_at,
        before_date=row.transaction_date,
        before_key=row.transaction_key,
    )
