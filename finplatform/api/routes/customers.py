"""`/api/v1/customers`: customers of today under masked names.

Belongs here: the resource. Names, e-mail addresses and telephone numbers are masked in the
warehouse; clear ones leave through an audited command alone.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from finplatform.api.login.identity import Caller
from finplatform.api.paging import After, Limit, Page, page_of, read_cursor
from finplatform.api.problems import described
from finplatform.api.queries import customers as queries
from finplatform.api.routes.values import PathId, QueryCode
from finplatform.api.state import FromApp
from finplatform.errors import NothingFoundError

router = APIRouter(prefix="/api/v1/customers", tags=["customers"])


class Customer(BaseModel):
    """A customer, masked; amounts are in the bank's home currency."""

    customer_id: str
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    city: str
    state: str | None
    country: str
    birth_year: int
    sex: str | None
    customer_since: date
    risk_profile: str
    credit_score: int | None
    annual_income: Decimal | None
    employment_status: str | None


class CustomerKey(BaseModel):
    """Where a page of customers ends."""

    customer_id: str


@router.get("", responses=described(404))
async def list_customers(
    shared: FromApp,
    caller: Caller,
    country: Annotated[str | None, Query(pattern=r"^[A-Z]{2}$")] = None,
    risk_profile: QueryCode = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[Customer]:
    """Customers in the order of their ids."""
    key = read_cursor(after, CustomerKey)
    async with shared.pool.session(caller) as session:
        rows = await queries.customers(
            session,
            after=key and key.customer_id,
            country=country,
            risk_profile=risk_profile,
            limit=limit + 1,
        )
    return page_of(rows, limit, Customer, lambda row: CustomerKey(customer_id=row.customer_id))


@router.get("/{customer_id}", responses=described(404))
async def get_customer(shared: FromApp, caller: Caller, customer_id: PathId) -> Customer:
    """One customer."""
    async with shared.pool.session(caller) as session:
        row = await queries.customer(session, customer_id)
    if row is None:
        raise NothingFoundError("There is no such customer.")
    return Customer(**row)
