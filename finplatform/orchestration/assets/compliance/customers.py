"""Customers' risk, their reviews, and the owners of companies, as assets.

Belongs here: their inputs. Does not belong here: scores, alerts and shares
(`finplatform.compliance.kyc`).
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import polars as pl

from finplatform.compliance.kyc import due_diligence, owners, reviews
from finplatform.compliance.kyc.policy import policy
from finplatform.contracts.kyc import KYC
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.compliance.screening import GROUP
from finplatform.orchestration.assets.storing import store, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.partitions import as_of_day
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.settings import Settings
from finplatform.warehouse import bulk

_ABOUT = {
    "beneficial_owners": "Shares are those held directly and through any chain of companies.",
    "kyc_reviews": "Points for geography, products, behaviour, political exposure and screening.",
    "kyc_alerts": "Overdue reviews, expiring documents, ratings below the score, companies "
    "without known owners.",
}
_READ = [
    *(key("silver", name) for name in ("stg_kyc_records", "stg_ownership_links")),
    *(
        key("gold", name)
        for name in (
            "dim_account", "dim_country", "dim_customer", "dim_merchant", "dim_product",
            "fact_transactions",
        )
    ),
    key("compliance", "screening_hits"),
]  # fmt: skip

_FACTS = """
    with customers as (
        select customer_id, country, is_domestic, annual_income
        from gold.dim_customer
        where is_current and not is_deleted and customer_key <> -1
    ),
    products as (
        select
            accounts.customer_id,
            case max(
                case products.risk_level when 'HIGH' then 2 when 'MEDIUM' then 1 else 0 end
            ) when 2 then 'HIGH' when 1 then 'MEDIUM' else 'LOW' end as product_risk
        from gold.dim_account as accounts
        inner join gold.dim_product as products on accounts.product_id = products.product_id
        where accounts.is_current and accounts.is_open and not accounts.is_deleted
        group by accounts.customer_id
    ),
    movements as (
        select
            facts.customer_id,
            sum(facts.transaction_amount_abs)
                filter (where facts.is_cash and facts.direction = 1)::double precision
                as cash_in_amount,
            sum(facts.transaction_amount_abs)
                filter (where facts.direction = 1 and facts.transaction_type in (
                    'DEPOSIT', 'SALARY', 'TRANSFER_IN'
                ))::double precision as inflow_amount,
            bool_or(
                countries.fatf_status in ('INCREASED_MONITORING', 'CALL_FOR_ACTION')
            ) as has_listed_dealings
        from gold.fact_transactions as facts
        left join gold.dim_merchant as merchants on facts.merchant_key = merchants.merchant_key
        left join gold.dim_country as countries on merchants.country = countries.country
        where facts.is_completed
            and facts.transaction_date > date '{as_of}' - 365
            and facts.transaction_date <= date '{as_of}'
        group by facts.customer_id
    ),
    reviewed as (
        select customer_id, is_pep
        from silver.stg_kyc_records
        where is_latest
    ),
    hits as (
        select distinct subject_id as customer_id
        from compliance.screening_hits
        where subject_kind = 'CUSTOMER' and status in ('OPEN', 'TRUE_MATCH')
    )
    select
        customers.customer_id, not customers.is_domestic as is_abroad, countries.fatf_status,
        products.product_risk, movements.cash_in_amount, movements.inflow_amount,
        customers.annual_income::double precision as annual_income,
        movements.has_listed_dealings, reviewed.is_pep,
        hits.customer_id is not null as has_hit
    from customers
    left join gold.dim_country as countries on customers.country = countries.country
    left join products on customers.customer_id = products.customer_id
    left join movements on customers.customer_id = movements.customer_id
    left join reviewed on customers.customer_id = reviewed.customer_id
    left join hits on customers.customer_id = hits.customer_id
    order by customers.customer_id
"""

_LATEST = """
    with reviewed as (
        select * from silver.stg_kyc_records where is_latest
    )
    select
        customers.customer_id, customers.customer_since, reviewed.review_id, reviewed.review_date,
        reviewed.status as review_status, reviewed.risk_rating, reviewed.is_pep,
        reviewed.next_review_date, reviewed.documents_expire_date
    from gold.dim_customer as customers
    left join reviewed on customers.customer_id = reviewed.customer_id
    where customers.is_current and not customers.is_deleted and customers.customer_key <> -1
    order by customers.customer_id
"""

_LINKS = """
    select
        owned_id, holder_id, holder_kind, holder_name_masked,
        share_rate::double precision as share_rate, has_control, stated_date
    from silver.stg_ownership_links
    order by owned_id, holder_id
"""


@dg.multi_asset(
    name="customer_due_diligence",
    specs=[
        table_spec(contract, GROUP, _ABOUT[table], deps=_READ) for table, contract in KYC.items()
    ],
    check_specs=[contract_check_spec(contract) for contract in KYC.values()],
)
@retried
def customer_due_diligence(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    settings: dg.ResourceParam[Settings],
    sources: dg.ResourceParam[SourcesConfig],
) -> Iterator[dg.MaterializeResult]:
    """Owners, scores, reviews and alerts as of the last business day."""
    as_of = as_of_day(settings, sources)
    figures = policy(as_of)
    with bulk.connect(tables.warehouse.url) as connection:
        facts = bulk.read_frame(connection, _FACTS.format(as_of=as_of))
        latest = bulk.read_frame(connection, _LATEST)
        links = bulk.read_frame(connection, _LINKS)
    scores = due_diligence.scored(facts.cast(due_diligence.FACTS), figures)
    states = reviews.review_states(latest, scores, figures, as_of)
    ownership = owners.beneficial_owners(links, figures["owner_share"])
    alerts = pl.concat(
        [
            reviews.customer_alerts(states, figures, as_of),
            reviews.company_alerts(_companies(ownership, links), figures, as_of),
        ]
    ).with_columns(as_of_date=pl.lit(as_of))
    yield store(
        context, tables, "compliance.beneficial_owners", _owners(ownership, links, as_of),
        {"companies": ownership.companies.height},
    )  # fmt: skip
    yield store(context, tables, "compliance.kyc_reviews", states)
    counts = {str(code): count for code, count in alerts.group_by("alert_code").len().iter_rows()}
    yield store(context, tables, "compliance.kyc_alerts", alerts, counts)


def _owners(ownership: owners.Ownership, links: pl.DataFrame, as_of: date) -> pl.DataFrame:
    masked = links.select(
        owner_id="holder_id", owner_name_masked="holder_name_masked"
    ).unique("owner_id", keep="first", maintain_order=True)  # fmt: skip
    return ownership.owners.join(masked, on="owner_id", how="left").with_columns(
        as_of_date=pl.lit(as_of)
    )


def _companies(ownership: owners.Ownership, links: pl.DataFrame) -> pl.DataFrame:
    """Companies with the day of their statement and the number of their directors."""
    stated = links.group_by(company_id="owned_id").agg(pl.col("stated_date").max())
    directed = (
        ownership.owners.filter("has_control").group_by("company_id").agg(controllers=pl.len())
    )
    return (
        ownership.companies.join(stated, on="company_id", how="left")
        .join(directed, on="company_id", how="left")
        .with_columns(pl.col("controllers").fill_null(0))
    )
