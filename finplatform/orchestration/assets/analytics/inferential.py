"""`gold/inferential_analytics` as an asset.

Belongs here: reading independent units, one row a customer. Does not belong here: questions and
tests (`finplatform.analytics.inferential`).
"""

import dagster as dg
import polars as pl

from finplatform.analytics.inferential import inferential_analytics as answers_of
from finplatform.contracts.contract import Contract
from finplatform.contracts.inferential import INFERENCE
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.warehouse import bulk

GROUP = "analytics"
TABLE = "gold.inferential_analytics"

_CUSTOMERS = """
    select customers.sex, features.*
    from gold.customer_features as features
    inner join gold.dim_customer as customers on features.customer_key = customers.customer_key
    where features.num_accounts > 0 and features.observation_date = (
        select max(latest.observation_date) from gold.customer_features as latest
    )
    order by features.customer_id
"""
_APPLICATIONS = """
    select distinct on (applications.customer_id)
        customers.sex, applications.credit_score, applications.is_approved
    from gold.fact_credit_applications as applications
    inner join gold.dim_customer as customers
        on applications.customer_key = customers.customer_key
    where applications.decision in ('APPROVED', 'DECLINED')
    order by applications.customer_id, applications.decision_date, applications.application_id
"""
_CONTACTS = """
    select distinct on (customer_id) is_resolved, satisfaction
    from gold.fact_interactions
    where customer_id is not null and satisfaction is not null
    order by customer_id, interaction_at, interaction_id
"""
_RESPONSES = """
    select responses.campaign_id, responses.is_treated, responses.is_converted
    from gold.fact_campaign_responses as responses
    inner join gold.dim_campaign as campaigns on responses.campaign_key = campaigns.campaign_key
    where campaigns.has_random_control
    order by responses.campaign_id, responses.customer_id
"""
_COHORTS = """
    select before.tenure_months, coalesce(after.num_accounts > 0, false) as stayed
    from gold.customer_features as before
    left join gold.fact_customer_monthly as after
        on before.customer_id = after.customer_id
        and after.month_end
        = ((before.observation_date + 1)::timestamp + interval '12 months' - interval '1 day')::date
    where before.num_accounts > 0 and before.observation_date = (
        select ((max(latest.observation_date) + 1)::timestamp
            - interval '12 months' - interval '1 day')::date
        from gold.customer_features as latest
    )
    order by before.customer_id
"""
_READ = {
    "customers": _CUSTOMERS,
    "applications": _APPLICATIONS,
    "contacts": _CONTACTS,
    "responses": _RESPONSES,
    "cohorts": _COHORTS,
}


@dg.asset(
    **table_arguments(
        INFERENCE["inferential_analytics"],
        GROUP,
        "Tests of differences between groups, effect sizes and confidence intervals;",
        "p-values are adjusted over the whole table.",
    ),
    deps=[
        key("gold", name)
        for name in (
            "customer_features",
            "dim_campaign",
            "dim_customer",
            "fact_campaign_responses",
            "fact_credit_applications",
            "fact_customer_monthly",
            "fact_interactions",
        )
    ],
)
@retried
def inferential_analytics(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> dg.MaterializeResult:
    """Results of the hypothesis tests."""
    with bulk.connect(tables.warehouse.url) as connection:
        frames = {name: bulk.read_frame(connection, query) for name, query in _READ.items()}
    features = tables.contract("gold.customer_features")
    customers = with_numbers(frames.pop("customers"), features)
    if customers.is_empty():
        return store(context, tables, TABLE, pl.DataFrame(), {"tests": 0})
    answers = answers_of(customers["observation_date"][0], customers=customers, **frames)
    found = answers.filter("is_significant").height
    metadata = {"tests": answers["p_value"].count(), "significant": found}
    return store(context, tables, TABLE, answers, metadata)


def with_numbers(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Casts the decimals of a frame, which are read as text, to floating-point numbers."""
    return frame.with_columns(
        pl.col(name).cast(pl.Float64)
        for name, dtype in contract.dtypes.items()
        if isinstance(dtype, pl.Decimal) and name in frame.columns
    )
