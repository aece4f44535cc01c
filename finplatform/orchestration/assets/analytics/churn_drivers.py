"""`gold/churn_drivers` as an asset.

Belongs here: reading customers on dates three months apart, with their outcomes. Does not
belong here: the drivers and their test (`finplatform.analytics.churn_drivers`).
"""

import dagster as dg
import polars as pl

from finplatform.analytics.churn_drivers import BASE
from finplatform.analytics.churn_drivers import churn_drivers as drivers_of
from finplatform.contracts.analytics import ANALYTICS
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.warehouse import bulk

GROUP = "analytics"
TABLE = "gold.churn_drivers"

# Dates of the last two years, three months apart, whose outcome window of three months is over.
_ROWS = """
    with latest as (select max(observation_date) as day from gold.customer_features),
    dates as (
        select (latest.day + 1 - steps.number * interval '3 months' - interval '1 day')::date
                as day,
            (latest.day + 1 - (steps.number - 1) * interval '3 months' - interval '1 day')::date
                as until_day
        from latest cross join generate_series(1, 8) as steps (number)
    ),
    outcomes as (
        select dates.day, months.customer_id,
            bool_or(months.is_active and months.month_end <= dates.until_day) as was_active,
            bool_or(months.num_accounts > 0 and months.month_end = dates.until_day) as still_there
        from dates
        inner join gold.fact_customer_monthly as months
            on months.month_end > dates.day and months.month_end <= dates.until_day
        group by dates.day, months.customer_id
    ),
    contacts as (
        select dates.day, contacts.customer_id,
            count(*) filter (where contacts.reason = 'COMPLAINT') as complaints_3m,
            count(*) filter (where not contacts.is_resolved) as unresolved_contacts_3m
        from dates
        inner join gold.fact_interactions as contacts
            on contacts.interaction_date <= dates.day and contacts.interaction_date
            > (dates.day + 1 - interval '3 months' - interval '1 day')::date
        group by dates.day, contacts.customer_id
    ),
    at_risk as (
        select features.customer_id, features.observation_date,
            features.fees_charged_3m::double precision as fees_charged_3m,
            features.failed_count_3m, features.transaction_trend_3m, features.salary_months_6m,
            features.salary_amount_3m::double precision as salary_amount_3m,
            features.num_contracts, features.tenure_months, features.max_days_past_due,
            features.fraud_count_12m,
            (features.average_balance_change_3m / nullif(greatest(
                features.average_balance_3m - features.average_balance_change_3m, 0
            ), 0))::double precision as balance_change_3m,
            coalesce(contacts.complaints_3m, 0) as complaints_3m,
            coalesce(contacts.unresolved_contacts_3m, 0) as unresolved_contacts_3m,
            not (coalesce(outcomes.was_active, false) and coalesce(outcomes.still_there, false))
                as has_lapsed,
            latest.day as known_until
        from latest cross join dates
        inner join gold.customer_features as features on dates.day = features.observation_date
        left join outcomes
            on features.customer_id = outcomes.customer_id and dates.day = outcomes.day
        left join contacts
            on features.customer_id = contacts.customer_id and dates.day = contacts.day
        where features.num_accounts > 0 and features.transaction_count_3m > 0
    ),
    numbered as (
        select at_risk.*,
            coalesce(bool_or(at_risk.has_lapsed) over (
                partition by at_risk.customer_id order by at_risk.observation_date
                rows between unbounded preceding and 1 preceding
            ), false) as lapsed_before
        from at_risk
    )
    select * from numbered where not lapsed_before order by customer_id, observation_date
"""


@dg.asset(
    **table_arguments(
        ANALYTICS["churn_drivers"],
        GROUP,
        "Lapse rate within three months of customers with the driver against customers",
        "without, with the test of the difference and the share of all lapses. Drivers are",
        "associations, not causes.",
    ),
    deps=[
        key("gold", name)
        for name in ("customer_features", "fact_customer_monthly", "fact_interactions")
    ],
)
@retried
def churn_drivers(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> dg.MaterializeResult:
    """The drivers of lapses."""
    with bulk.connect(tables.warehouse.url) as connection:
        rows = bulk.read_frame(connection, _ROWS)
    if rows.is_empty():
        return store(context, tables, TABLE, pl.DataFrame(), {"lapses": 0})
    drivers = drivers_of(rows["known_until"][0], rows)
    base = drivers.filter(pl.col("driver") == BASE)
    metadata = {
        "customers": int(base["customers"].item()),
        "lapses": int(base["lapsed"].item()),
        "significant": drivers.filter("is_significant").height,
    }
    return store(context, tables, TABLE, drivers, metadata)
