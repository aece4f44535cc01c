"""`/api/v1/accounts` and `/api/v1/balances`: accounts of today, and what was on them when.

Belongs here: the resources.
"""

from datetime import date
from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel

from finplatform.api.login.identity import Caller
from finplatform.api.paging import After, Limit, Page, page_of, read_cursor
from finplatform.api.problems import described
from finplatform.api.queries import accounts as queries
from finplatform.api.routes.values import PathId, QueryCode, QueryDay, QueryId
from finplatform.api.state import FromApp
from finplatform.errors import NothingFoundError

router = APIRouter(prefix="/api/v1", tags=["accounts"])


class Account(BaseModel):
    """An account; its number is masked, and `balance` is of the last day held."""

    account_id: str
    customer_id: str
    product_id: str
    account_type: str
    account_number: str | None
    opening_date: date
    closing_date: date | None
    status: str
    balance: Decimal
    currency: str
    interest_rate: Decimal
    credit_limit: Decimal
    branch_id: str


class Balance(BaseModel):
    """What was on an account at the end of a day, and what moved on it."""

    account_id: str
    customer_id: str
    balance_date: date
    currency: str
    opening_balance: Decimal
    closing_balance: Decimal
    average_balance: Decimal
    credits: Decimal
    debits: Decimal
    transaction_count: int


class AccountKey(BaseModel):
    """Where a page of accounts or balances ends."""

    account_id: str


def _key(row: Account | Balance) -> AccountKey:
    return AccountKey(account_id=row.account_id)


@router.get("/accounts", responses=described(404))
async def list_accounts(
    shared: FromApp,
    caller: Caller,
    customer_id: QueryId = None,
    status: QueryCode = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[Account]:
    """Accounts in the order of their ids."""
    key = read_cursor(after, AccountKey)
    async with shared.pool.session(caller) as session:
        rows = await queries.accounts(
            session,
            after=key and key.account_id,
            customer_id=customer_id,
            status=status,
            limit=limit + 1,
        )
    return page_of(rows, limit, Account, _key)


@router.get("/accounts/{account_id}", responses=described(404))
async def get_account(shared: FromApp, caller: Caller, account_id: PathId) -> Account:
    """One account."""
    async with shared.pool.session(caller) as session:
        row = await queries.account(session, account_id)
    if row is None:
        raise NothingFoundError("There is no such account.")
    return Account(**row)


@router.get("/accounts/{account_id}/balance", responses=described(404))
async def get_balance(
    shared: FromApp, caller: Caller, account_id: PathId, on: QueryDay = None
) -> Balance:
    """Balance of an account on a date: that of the last day up to it which has one."""
    async with shared.pool.session(caller) as session:
        row = await queries.balance(session, account_id, on)
    if row is None:
        raise NothingFoundError("The account has no balance up to that date.")
    return Balance(**row)


@router.get("/balances", responses=described(404))
async def list_balances(
    shared: FromApp,
    caller: Caller,
    on: QueryDay = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[Balance]:
    """Balances of all accounts on a day, by default the last one held."""
    key = read_cursor(after, AccountKey)
    async with shared.pool.session(caller) as session:
        rows = await queries.balances(
            session, day=on, after=key and key.account_id, limit=limit + 1
        )
    return page_of(rows, limit, Balance, _key)
