"""`gold/causal_analytics` as an asset.

Belongs here: reading the customers of campaigns with their covariates at the assignment, and
customers' months around events. Does not belong here: estimators and verdicts
(`finplatform.analytics.causal_analytics`).
"""

import dagster as dg
import numpy as np
import polars as pl

from finplatform.analytics.causal_analytics import Panels
from finplatform.analytics.causal_analytics import causal_analytics as answers_of
from finplatform.analytics.retention import WINDOW_DAYS
from finplatform.contracts.inferential import INFERENCE
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.analytics.leaving import LEFT_DATES
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.warehouse import bulk

GROUP = "analytics"
TABLE = "gold.causal_analytics"
OUTCOMES = ("log_spending", "log_inflow")

_RESPONSES = f"""
    with left_dates as ({LEFT_DATES}),
    last_day as (select max(month_end) as month_end from gold.fact_customer_monthly)
    select responses.campaign_id, campaigns.campaign_name, campaigns.objective,
        campaigns.has_random_control,
        responses.is_treated, responses.is_converted,
        responses.revenue::double precision as revenue,
        extract(year from responses.assigned_date)::integer - customers.birth_year as age,
        customers.annual_income::double precision as annual_income, customers.credit_score,
        (responses.assigned_date - customers.customer_since) / 365.25::double precision
            as tenure_years,
        earlier.transaction_count as earlier, responses.measured_date,
        case when responses.assigned_date + {WINDOW_DAYS} <= last_day.month_end then
            coalesce(
                left_dates.left_date > responses.assigned_date
                and left_dates.left_date <= responses.assigned_date + {WINDOW_DAYS}, false
            )
        end as has_left
    from gold.fact_campaign_responses as responses
    inner join gold.dim_campaign as campaigns on responses.campaign_key = campaigns.campaign_key
    inner join gold.dim_customer as customers on responses.customer_key = customers.customer_key
    cross join last_day
    left join left_dates on responses.customer_id = left_dates.customer_id
    left join gold.fact_customer_monthly as earlier
        on responses.customer_id = earlier.customer_id
        and earlier.month_end = date_trunc('month', responses.assigned_date::timestamp)::date - 1
    order by responses.campaign_id, responses.customer_id
"""
_ECONOMY = """
    select month_end, country, is_whole_month, active_customers,
        spending_per_customer::double precision as spending_per_customer, gdp_growth_pct,
        unemployment_pct, inflation_pct, policy_rate_pct, house_price_change_12m
    from gold.economic_months
    order by country, month_end
"""
# Half a year of product take-up, and half a year before and after it.
_VALUED = """
    with latest as (select max(observation_date) as day from gold.customer_predictions),
    days as (
        select day as last_day,
            (day + 1 - interval '6 months' - interval '1 day')::date as later_day,
            (day + 1 - interval '12 months' - interval '1 day')::date as first_day,
            (day + 1 - interval '18 months' - interval '1 day')::date as day_before
        from latest
    )
"""
_CUSTOMERS = f"""
    {_VALUED}
    select features.customer_id, features.age, features.credit_score, features.tenure_months,
        features.num_contracts, features.transaction_count_3m,
        features.annual_income::double precision as annual_income,
        features.average_balance_3m::double precision as average_balance_3m,
        first.customer_lifetime_value::double precision as value_at_start,
        before.customer_lifetime_value::double precision as value_before,
        coalesce(last.customer_lifetime_value, 0)::double precision as value_at_end
    from days
    inner join gold.customer_predictions as first on days.first_day = first.observation_date
    inner join gold.customer_features as features
        on first.customer_id = features.customer_id
        and first.observation_date = features.observation_date
    inner join gold.customer_predictions as later
        on first.customer_id = later.customer_id and days.later_day = later.observation_date
    left join gold.customer_predictions as last
        on first.customer_id = last.customer_id and days.last_day = last.observation_date
    left join gold.customer_predictions as before
        on first.customer_id = before.customer_id and days.day_before = before.observation_date
    order by features.customer_id
"""
_HOLDINGS = f"""
    {_VALUED},
    held as (
        select balances.customer_id, products.product_type, balances.balance_date as day
        from gold.fact_balances as balances
        inner join gold.dim_product as products on balances.product_key = products.product_key
        where balances.balance_date in (select unnest(array[first_day, later_day]) from days)
        union
        select customer_id, product_type, reporting_date
        from gold.credit_exposures
        where reporting_date in (select unnest(array[first_day, later_day]) from days)
    )
    select held.customer_id, held.product_type,
        bool_or(held.day = days.first_day) as is_held_at_start,
        bool_or(held.day = days.later_day) as is_held_later
    from held cross join days
    group by held.customer_id, held.product_type
    order by held.product_type, held.customer_id
"""
_MONTHS = """
    select customer_id, month_end,
        ln(1 + card_payment_amount + bill_payment_amount + cash_out_amount)::double precision
            as log_spending,
        ln(1 + credit_amount)::double precision as log_inflow
    from gold.fact_customer_monthly
    where num_accounts > 0
    order by customer_id, month_end
"""
_EVENTS = """
    with versions as (
        select customer_id, valid_from, employment_status,
            lag(employment_status) over customer as status_before,
            annual_income / nullif(lag(annual_income) over customer, 0) as income_ratio
        from gold.dim_customer
        where customer_key <> -1
        window customer as (partition by customer_id order by valid_from)
    ),
    events as (
        select 'JOB_LOSS' as event, customer_id, valid_from
        from versions
        where employment_status = 'UNEMPLOYED'
            and status_before in ('EMPLOYED', 'SELF_EMPLOYED')
        union all
        select 'PAY_RISE' as event, customer_id, valid_from
        from versions
        where income_ratio >= 1.1 and employment_status = status_before
    )
    select event, customer_id,
        (date_trunc('month', min(valid_from)) + interval '1 month - 1 day')::date
            as month_end
    from events
    group by event, customer_id
    order by event, customer_id
"""


@dg.asset(
    **table_arguments(
        INFERENCE["causal_analytics"],
        GROUP,
        "Effects of campaigns, job losses, pay rises, the economy and new products, by",
        "identification design, with the checks of each design and the limits of interpretation.",
    ),
    deps=[
        key("gold", name)
        for name in (
            "credit_exposures",
            "customer_features",
            "dim_account",
            "dim_campaign",
            "dim_customer",
            "dim_product",
            "economic_months",
            "fact_balances",
            "fact_campaign_responses",
            "fact_customer_monthly",
            "customer_predictions",
        )
    ],
)
@retried
def causal_analytics(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> dg.MaterializeResult:
    """Results of the causal analyses."""
    with bulk.connect(tables.warehouse.url) as connection:
        responses, months, events, economy, customers, holdings = (
            bulk.read_frame(connection, query)
            for query in (_RESPONSES, _MONTHS, _EVENTS, _ECONOMY, _CUSTOMERS, _HOLDINGS)
        )
    if months.is_empty():
        return store(context, tables, TABLE, pl.DataFrame(), {"effects": 0})
    answers = answers_of(
        months["month_end"].max(),  # type: ignore[arg-type]
        responses=responses,
        events=panels(months, events),
        economy=economy,
        customers=customers,
        holdings=holdings,
    )
    failed = answers.filter(~pl.col("are_checks_passed")).height
    metadata = {"effects": answers.height, "checks_failed": failed}
    return store(context, tables, TABLE, answers, metadata)


def panels(months: pl.DataFrame, events: pl.DataFrame) -> Panels:
    """Outcomes by customer and month, and the month of each customer's event.

    Args:
        months: `customer_id`, `month_end` and the outcomes.
        events: `event`, `customer_id`, `month_end`; an event outside the months of the panel takes
            its customer out of both groups.
    """
    customers = months["customer_id"].unique().sort()
    ends = months["month_end"].unique().sort()
    row, column = _places(months["customer_id"], customers), _places(months["month_end"], ends)
    found = {}
    for outcome in OUTCOMES:
        values = np.full((len(customers), len(ends)), np.nan)
        values[row, column] = months[outcome].to_numpy()
        for (event,), part in events.group_by("event", maintain_order=True):
            known = part.filter(pl.col("customer_id").is_in(customers.implode()))
            month = np.full(len(customers), -1)
            month[_places(known["customer_id"], customers)] = _places(known["month_end"], ends)
            found[str(event), outcome] = (values, month)
    return found


def _places(values: pl.Series, ordered: pl.Series) -> np.ndarray:
    """Position of each value among distinct ones; one past the end for others."""
    places = values.replace_strict(
        ordered, range(len(ordered)), default=len(ordered), return_dtype=pl.Int64
    )
    return np.asarray(places.to_numpy())
