"""`gold/customer_lifetime_value` as an asset.

Belongs here: reading card payments by customer and month, and the bank's margin on customers.
Does not belong here: the models (`finplatform.analytics.lifetime_value`).
"""

from datetime import date

import dagster as dg
import polars as pl

from finplatform.analytics.lifetime_value import OBSERVED_MONTHS, backtest
from finplatform.analytics.lifetime_value import customer_lifetime_value as values_of
from finplatform.contracts.value import VALUE
from finplatform.ml.dataset import add_months
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.partitions import Partitions, days_of_month, window_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.warehouse import bulk
from finplatform.windows import Window

GROUP = "analytics"
TABLE = "gold.customer_lifetime_value"

_CLIENTS = """
    with months as (
        select customer_id, month_end,
            sum(fees_charged) over (
                partition by customer_id order by month_end
            )::double precision as total_fees,
            ((deposit_balance - overdrawn_balance) / nullif(num_accounts, 0))::double precision
                as account_balance
        from gold.fact_customer_monthly
        where month_end < '{end}'
    )
    select features.customer_id, features.observation_date, features.date_key,
        features.customer_key, predictions.customer_lifetime_value,
        features.fees_charged_12m::double precision as fees_12m,
        features.average_balance_12m::double precision as average_balance_12m,
        features.observed_months_12m,
        months.total_fees, months.account_balance,
        features.observation_date - customers.customer_since as tenure_days
    from gold.customer_features as features
    inner join months
        on features.customer_id = months.customer_id
        and features.observation_date = months.month_end
    inner join gold.dim_customer as customers on features.customer_key = customers.customer_key
    left join gold.customer_predictions as predictions
        on features.customer_id = predictions.customer_id
        and features.observation_date = predictions.observation_date
    where features.observation_date >= '{start}' and features.observation_date < '{end}'
        and features.num_accounts > 0
    order by features.observation_date, features.customer_id
"""
_MONTHS = """
    select customer_id, transaction_month as month_end,
        count(distinct transaction_date) as purchase_days,
        min(transaction_date) as first_date, max(transaction_date) as last_date,
        sum(transaction_amount_abs)::double precision as spending
    from gold.fact_transactions
    where transaction_type = 'CARD_PAYMENT' and is_completed and customer_id <> 'UNKNOWN'
        and transaction_date > '{start}' and transaction_date <= '{end}'
    group by customer_id, transaction_month
    order by customer_id, transaction_month
"""


def build_lifetime_value_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """Lifetime value by purchases.

    Args:
        partitions: Months of the table.
    """

    @dg.asset(
        **table_arguments(
            VALUE["customer_lifetime_value"],
            GROUP,
            "The lifetime value by margin, the expected value of card payments by",
            "BG/NBD and Gamma-Gamma with its interval, and the formula of revenue times tenure.",
        ),
        deps=[
            key("gold", "customer_features"),
            key("gold", "customer_predictions"),
            key("gold", "dim_customer"),
            key("gold", "fact_customer_monthly"),
            days_of_month(key("gold", "fact_transactions")),
        ],
        partitions_def=partitions.monthly,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def customer_lifetime_value(
        context: dg.AssetExecutionContext, tables: TablesResource
    ) -> dg.MaterializeResult:
        clients, months = _read(tables.warehouse.url, window_of(context))
        if clients.is_empty():
            return store(context, tables, TABLE, pl.DataFrame(), {"customers": 0})
        last = clients["observation_date"].max()
        values = values_of(clients, months)
        latest = values.filter(pl.col("observation_date") == last)
        metadata = {
            "customers": latest.height,
            "mean_card_payment_value": float(
                latest.select(pl.mean("card_payment_value")).item() or 0.0
            ),
            "observation_date": str(last),
            **(backtest(months, last) if isinstance(last, date) else {}),
        }
        return store(context, tables, TABLE, values, metadata)

    return [customer_lifetime_value]


def _read(url: str, window: Window | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Customers of the window's month ends, and the card payments to learn from.

    The months reach back to the training window of the last month end's backtest and twelve
    months before it.
    """
    start, end = (window.start, window.end) if window else (date.min, date.max)
    with bulk.connect(url) as connection:
        clients = bulk.read_frame(connection, _CLIENTS.format(start=start, end=end))
        if clients.is_empty():
            return clients, clients
        dates = clients["observation_date"].unique().sort().to_list()
        first = add_months(dates[0], -OBSERVED_MONTHS - 12)
        return clients, bulk.read_frame(connection, _MONTHS.format(start=first, end=dates[-1]))
