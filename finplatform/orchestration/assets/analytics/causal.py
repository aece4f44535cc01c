"""`gold/causal_analytics` as an asset.

Belongs here: reading campaigns' customers as they were known at the assignment, and customers'
months around events. Does not belong here: estimators and verdicts
(`finplatform.analytics.causal_analytics`).
"""

import dagster as dg
import numpy as np
import polars as pl

from finplatform.analytics.causal_analytics import Panels
from finplatform.analytics.causal_analytics import causal_analytics as answers_of
from finplatform.contracts.inference import INFERENCE
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.warehouse import bulk

GROUP = "analytics"
TABLE = "gold.causal_analytics"
OUTCOMES = ("log_spending", "log_inflow")

_RESPONSES = """
    select responses.campaign_id, campaigns.campaign_name, campaigns.has_random_control,
        responses.is_treated, responses.is_converted,
        responses.revenue::double precision as revenue,
        extract(year from responses.assigned_date)::integer - customers.birth_year as age,
        customers.annual_income::double precision as annual_income, customers.credit_score,
        (responses.assigned_date - customers.customer_since) / 365.25::double precision
            as tenure_years,
        earlier.transaction_count as earlier, responses.measured_date
    from gold.fact_campaign_responses as responses
    inner join gold.dim_campaign as campaigns on responses.campaign_key = campaigns.campaign_key
    inner join gold.dim_customer as customers on responses.customer_key = customers.customer_key
    left join gold.fact_customer_monthly as earlier
        on responses.customer_id = earlier.customer_id
        and earlier.month_end = date_trunc('month', responses.assigned_date::timestamp)::date - 1
    order by responses.campaign_id, responses.customer_id
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
        "What campaigns, job losses and pay rises brought about, by design, with the checks",
        "that each design allows and what may not be concluded.",
    ),
    deps=[
        key("gold", name)
        for name in (
            "dim_campaign",
            "dim_customer",
            "fact_campaign_responses",
            "fact_customer_monthly",
        )
    ],
)
def causal_analytics(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> dg.MaterializeResult:
    """The answers of causal analytics."""
    with bulk.connect(tables.warehouse.url) as connection:
        responses, months, events = (
            bulk.read_frame(connection, query) for query in (_RESPONSES, _MONTHS, _EVENTS)
        )
    if months.is_empty():
        return store(context, tables, TABLE, pl.DataFrame(), {"effects": 0})
    answers = answers_of(
        months["month_end"].max(),  # type: ignore[arg-type]
        responses=responses,
        events=panels(months, events),
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
