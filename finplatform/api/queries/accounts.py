"""Accounts of today, and their balances at the end of a day.

Belongs here: reading `masked.accounts` and `bi.balances`.
"""

from datetime import date
from typing import Any

from finplatform.api.database import Session

_PAGE = """
select * from masked.accounts
where (%(after)s::text is null or account_id > %(after)s)
and (%(customer_id)s::text is null or customer_id = %(customer_id)s)
and (%(status)s::text is null or status = %(status)s)
order by account_id limit %(limit)s
"""

_ONE = "select * from masked.accounts where account_id = %(account_id)s"

_COLUMNS = """
    account_id, customer_id, balance_date, currency, opening_balance, closing_balance,
    average_balance, credits, debits, transaction_count
"""

_BALANCE = f"""
select {_COLUMNS} from bi.balances
where account_id = %(account_id)s and balance_date <= coalesce(%(day)s, 'infinity'::date)
order by balance_date desc limit 1
"""

_BALANCES = f"""
select {_COLUMNS} from bi.balances
where balance_date = coalesce(%(day)s, (select max(balance_date) from bi.balances))
and (%(after)s::text is null or account_id > %(after)s)
order by account_id limit %(limit)s
"""


async def accounts(session: Session, **values: Any) -> list[dict[str, Any]]:
    """Accounts in the order of their ids.

    Args:
        session: Connection with the caller's rights.
        values: `after`, an id; `customer_id` and `status`, or None; `limit`.
    """
    return await session.rows(_PAGE, values)


async def account(session: Session, account_id: str) -> dict[str, Any] | None:
    """One account; None if there is none within the caller's rights."""
    return next(iter(await session.rows(_ONE, {"account_id": account_id})), None)


async def balance(session: Session, account_id: str, day: date | None) -> dict[str, Any] | None:
    """Balance of an account on its last day up to a date; None before the first one."""
    values = {"account_id": account_id, "day": day}
    return next(iter(await session.rows(_BALANCE, values)), None)


async def balances(session: Session, **values: Any) -> list[dict[str, Any]]:
    """Balances of all accounts on a day, in the order of the accounts' ids.

    Args:
        session: Connection with the caller's rights.
        values: `day`, or None for the last one held; `after`, an account; `limit`.
    """
    return await session.rows(_BALANCES, values)
