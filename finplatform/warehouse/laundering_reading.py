"""Queries of anti-money-laundering monitoring, as frames by window.

Does not belong here: the evaluation of the rows
(`finplatform.compliance.aml`).
"""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from finplatform.compliance.aml.alerts import HISTORY_DAYS, Evidence
from finplatform.compliance.aml.currency_reports import CASH, EXEMPTIONS, HOLDERS, LONGEST_SHIFT
from finplatform.compliance.aml.large_transactions import LARGE
from finplatform.compliance.aml.movements import LISTED, MOVEMENTS, PROFILES, REVIEWS
from finplatform.compliance.aml.rules import RuleBook
from finplatform.warehouse import bulk
from finplatform.warehouse.laundering_ddl import RULE_CHANGES
from finplatform.windows import Window

MOVED_BY_OWNERS = (
    "DEPOSIT", "WITHDRAWAL", "TRANSFER_IN", "TRANSFER_OUT", "CARD_PAYMENT", "SALARY",
    "BILL_PAYMENT",
)  # fmt: skip
"""Types of transactions by customers and their counterparties. The others are the bank's own:
interest, fees, opening balances, and bookings of loans."""

_TYPES = ", ".join(f"'{name}'" for name in MOVED_BY_OWNERS)
_KNOWN = "facts.is_completed and facts.customer_id <> 'UNKNOWN'"

_MOVEMENTS = f"""
with owners as (
    select distinct on (accounts.account_number_token)
        accounts.account_number_token, accounts.account_id, accounts.customer_id
    from silver.stg_accounts as accounts
    where accounts.account_number_token is not null
    order by accounts.account_number_token, accounts.version_number desc
)
select
    facts.transaction_id,
    facts.account_id,
    facts.customer_id,
    facts.transaction_at,
    facts.transaction_date,
    facts.transaction_type,
    facts.channel,
    facts.direction,
    facts.is_cash,
    abs(facts.transaction_amount_usd) as amount_usd,
    staged.reference_number,
    staged.counterparty_account_token as counterparty,
    owners.account_id as counterparty_account_id,
    owners.customer_id as counterparty_customer_id,
    coalesce(staged.counterparty_country, merchants.country) as country
from gold.fact_transactions as facts
inner join silver.stg_transactions as staged
    on facts.transaction_id = staged.transaction_id
    and facts.transaction_date = staged.transaction_date
left join owners on staged.counterparty_account_token = owners.account_number_token
left join gold.dim_merchant as merchants
    on facts.merchant_key = merchants.merchant_key and merchants.merchant_key <> -1
where {_KNOWN}
    and facts.transaction_type in ({_TYPES})
    and facts.transaction_amount_usd is not null
    and facts.transaction_date >= '{{start}}' and facts.transaction_date < '{{end}}'
    and staged.transaction_date >= '{{start}}' and staged.transaction_date < '{{end}}'
"""

_LAST_ACTIVE = f"""
with active as (
    select distinct facts.account_id
    from gold.fact_transactions as facts
    where facts.transaction_date >= '{{start}}' and facts.transaction_date < '{{end}}'
),
history as (
    select min(facts.transaction_date) as first_date from gold.fact_transactions as facts
),
opened as (
    select accounts.account_id, min(accounts.opening_date) as opening_date
    from silver.stg_accounts as accounts
    group by accounts.account_id
)
select
    active.account_id,
    coalesce(
        moved.last_date, greatest(opened.opening_date, history.first_date)
    ) as last_active_date
from active
cross join history
inner join opened on active.account_id = opened.account_id
left join lateral (
    select max(facts.transaction_date) as last_date
    from gold.fact_transactions as facts
    where facts.account_id = active.account_id
        and facts.transaction_date < '{{start}}'
        and facts.is_completed
        and facts.transaction_type in ({_TYPES})
) as moved on true
"""

_PROFILES = """
select
    customers.customer_id,
    customers.valid_from::date as valid_from,
    coalesce(customers.employment_status, 'UNKNOWN') || ' ' || case
        when customers.annual_income < 30000 then 'BELOW 30K'
        when customers.annual_income < 80000 then '30K TO 80K'
        when customers.annual_income is null then 'OF UNKNOWN INCOME'
        else 'ABOVE 80K'
    end as peer_group
from gold.dim_customer as customers
where customers.customer_key <> -1
"""

_REVIEWS = """
select
    reviews.customer_id,
    reviews.review_date,
    case reviews.risk_rating when 'HIGH' then 3 when 'MEDIUM' then 2 else 1 end::smallint
        as risk_rating,
    reviews.is_pep
from silver.stg_kyc_records as reviews
where reviews.status <> 'IN_PROGRESS'
"""

_LISTED = "select country, fatf_status, as_of_date from silver.fatf_lists"

_CASH = """
select
    facts.transaction_id,
    facts.account_id,
    facts.transaction_date,
    facts.transaction_hour as bank_hour,
    facts.direction,
    abs(facts.transaction_amount_usd) as amount_usd,
    null::text as conductor_id
from gold.fact_transactions as facts
where facts.is_completed and facts.is_cash and facts.transaction_amount_usd is not null
    and facts.transaction_date >= '{start}' and facts.transaction_date < '{end}'
"""

_HOLDERS = """
with owners as (
    select
        accounts.account_id,
        accounts.customer_id,
        1::smallint as position,
        min(accounts.valid_from::date) as valid_from,
        max(case when accounts.valid_to < 'infinity' then accounts.valid_to::date end) as valid_to,
        bool_or(accounts.is_current) as is_current
    from silver.stg_accounts as accounts
    group by accounts.account_id, accounts.customer_id
)
select
    owners.account_id, owners.customer_id, owners.position, owners.valid_from,
    case when not owners.is_current then owners.valid_to end as valid_to
from owners
union all
select
    joined.account_id, joined.customer_id, 2::smallint, joined.valid_from, joined.valid_to
from compliance.account_holders as joined
"""

_EXEMPTIONS = """
select exemptions.customer_id, exemptions.valid_from, exemptions.valid_to
from compliance.ctr_exemptions as exemptions
where exemptions.approved_by is not null
"""

_BUSINESS_DAYS = """
select dates.full_date from gold.dim_date as dates
where dates.is_business_day and dates.full_date >= '{start}' and dates.full_date < '{end}'
order by dates.full_date
"""

_LARGE = """
select
    facts.transaction_id, facts.customer_id, facts.transaction_date, facts.transaction_type,
    abs(facts.transaction_amount_usd) as amount_usd
from gold.fact_transactions as facts
where facts.is_completed and facts.customer_id <> 'UNKNOWN'
    and facts.transaction_type <> 'OPENING_BALANCE'
    and abs(facts.transaction_amount_usd) > {least}
    and facts.transaction_date >= '{start}' and facts.transaction_date < '{end}'
"""


def read_evidence(url: str, window: Window) -> Evidence:
    """Inputs of the evaluation of a window.

    Args:
        url: libpq URL of the warehouse.
        window: Days to evaluate.
    """
    first = _before(window, HISTORY_DAYS)
    with bulk.connect(url) as connection:
        return Evidence(
            movements=_read(connection, _MOVEMENTS, MOVEMENTS, first, window.end),
            profiles=_read(connection, _PROFILES, PROFILES),
            reviews=_read(connection, _REVIEWS, REVIEWS),
            listed=_read(connection, _LISTED, LISTED),
            last_active=bulk.read_frame(
                connection, _LAST_ACTIVE.format(start=first, end=window.end)
            ),
        )


def read_cash(
    url: str, window: Window
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.Series]:
    """Cash, holders, exemptions and business days for the reports of a window."""
    first = _before(window, LONGEST_SHIFT)
    with bulk.connect(url) as connection:
        days = bulk.read_frame(
            connection,
            _BUSINESS_DAYS.format(start=first, end=window.end + timedelta(days=LONGEST_SHIFT)),
        )
        return (
            _read(connection, _CASH, CASH, first, window.end),
            _read(connection, _HOLDERS, HOLDERS),
            _read(connection, _EXEMPTIONS, EXEMPTIONS),
            days["full_date"],
        )


def read_large(url: str, window: Window, days_before: int, least_usd: float) -> pl.DataFrame:
    """Completed transactions above an amount, of a window and of days before it."""
    query = _LARGE.replace("{least}", str(least_usd))
    with bulk.connect(url) as connection:
        return _read(connection, query, LARGE, _before(window, days_before), window.end)


def read_rules(url: str, book: RuleBook) -> RuleBook:
    """The rules with their approved changes."""
    with bulk.connect(url) as connection:
        changes = bulk.read_frame(connection, RULE_CHANGES)
    return book.changes((name, Decimal(value), day) for name, value, day in changes.iter_rows())


def _before(window: Window, days: int) -> date:
    return window.start - timedelta(days=days)


def _read(
    connection: "bulk.dbapi.Connection",
    query: str,
    schema: pl.Schema,
    start: date | None = None,
    end: date | None = None,
) -> pl.DataFrame:
    frame = bulk.read_frame(connection, query.format(start=start, end=end) if start else query)
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items())
