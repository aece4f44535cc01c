"""Customers of today, under masked names.

Belongs here: reading `masked.customers`.
"""

from typing import Any

from finplatform.api.database import Session

_PAGE = """
select * from masked.customers
where (%(after)s::text is null or customer_id > %(after)s)
and (%(country)s::text is null or country = %(country)s)
and (%(risk_profile)s::text is null or risk_profile = %(risk_profile)s)
order by customer_id limit %(limit)s
"""

_ONE = "select * from masked.customers where customer_id = %(customer_id)s"


async def customers(session: Session, **values: Any) -> list[dict[str, Any]]:
    """Customers in the order of their ids.

    Args:
        session: Connection with the caller's rights.
        values: `after`, an id; `country` and `risk_profile`, or None; `limit`.
    """
    return await session.rows(_PAGE, values)


async def customer(session: Session, customer_id: str) -> dict[str, Any] | None:
    """One customer; None if there is none within the caller's rights."""
    return next(iter(await session.rows(_ONE, {"customer_id": customer_id})), None)
