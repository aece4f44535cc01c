"""`gold/loss_parameters` as an asset.

Belongs here: reading defaults of loans, recoveries, and drawings on credit lines. Does
not belong here: the statements for cards (`card_losses`), or estimates
(`finplatform.risk.loss_parameters`).
"""

from datetime import date

import dagster as dg
import polars as pl

from finplatform.contracts.value import VALUE
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.risk import card_losses
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.risk.loss_parameters import loss_parameters as parameters_of
from finplatform.warehouse import bulk

GROUP = "risk"
TABLE = "gold.loss_parameters"
SEED = 42
DAYS_TO_DEFAULT = 90

_LAST = "select max(reporting_date) as last from gold.credit_exposures"
_SEGMENTS = """
    select distinct product_type as segment, exposure_class,
        exposure_type = 'CREDIT_CARD' as is_line
    from gold.credit_exposures
"""
# A loan defaults as in `credit_outcomes`. The amount at default is the principal of its version
# before that day plus the interest of due and unpaid instalments.
_DEFAULTS = f"""
    with days as (
        select payments.loan_id, payments.due_date + {DAYS_TO_DEFAULT} + 1 as default_date
        from silver.stg_loan_payments as payments
        where (payments.settled_date is null
                or payments.settled_date > payments.due_date + {DAYS_TO_DEFAULT} + 1)
            and payments.due_date + {DAYS_TO_DEFAULT} + 1 <= '{{last}}'
        union all
        select loans.loan_id, loans.began_at::date
        from silver.stg_loans as loans
        where loans.status = 'DEFAULTED'
            and loans.began_at::date <= '{{last}}'
    ),
    first_days as (
        select days.loan_id, min(days.default_date) as default_date from days group by days.loan_id
    ),
    owed as (
        select distinct on (first_days.loan_id)
            first_days.loan_id, first_days.default_date, loans.loan_type, loans.interest_rate,
            loans.outstanding_principal, loans.currency
        from first_days
        inner join silver.stg_loans as loans on first_days.loan_id = loans.loan_id
        where loans.began_at::date < first_days.default_date
        order by first_days.loan_id, loans.version_number desc
    ),
    interest as (
        select owed.loan_id, sum(payments.interest_component) as unpaid_interest
        from owed
        inner join silver.stg_loan_payments as payments on owed.loan_id = payments.loan_id
        where payments.due_date < owed.default_date
            and (payments.settled_date is null or payments.settled_date >= owed.default_date)
        group by owed.loan_id
    ),
    closings as (
        select loans.loan_id, min(loans.began_at::date) as closed_date
        from silver.stg_loans as loans
        where loans.status in ('CHARGED_OFF', 'PAID_OFF')
            and loans.began_at::date <= '{{last}}'
        group by loans.loan_id
    )
    select owed.loan_id, owed.loan_type as segment, owed.default_date, closings.closed_date,
        owed.interest_rate::double precision as interest_rate,
        (owed.outstanding_principal + coalesce(interest.unpaid_interest, 0))::double precision
            as exposure_at_default
    from owed
    left join interest on owed.loan_id = interest.loan_id
    left join closings
        on owed.loan_id = closings.loan_id and owed.default_date <= closings.closed_date
    where owed.outstanding_principal > 0
    order by owed.loan_id
"""
_RECOVERIES = """
    select loan_id, payment_date, paid_amount::double precision as paid_amount
    from silver.stg_loan_payments
    where payment_date <= '{last}' and paid_amount > 0 and loan_id in (
        select loans.loan_id from silver.stg_loans as loans where loans.status <> 'ACTIVE'
    )
    order by loan_id, payment_date
"""
_LINES = """
    with fallen as (
        select exposure_id, min(reporting_date) as fell
        from gold.credit_exposures
        where exposure_type = 'CREDIT_CARD' and is_defaulted
        group by exposure_id
    )
    select exposures.exposure_id, exposures.reporting_date, exposures.product_type as segment,
        exposures.exposure_class, exposures.is_defaulted,
        exposures.drawn_amount::double precision as drawn_amount,
        exposures.undrawn_amount::double precision as undrawn_amount
    from gold.credit_exposures as exposures
    inner join fallen on exposures.exposure_id = fallen.exposure_id
    where exposures.reporting_date <= fallen.fell
    order by exposures.exposure_id, exposures.reporting_date
"""


@dg.asset(
    **table_arguments(
        VALUE["loss_parameters"],
        GROUP,
        "LGD, downturn LGD, best estimate of defaulted exposures and CCF from the bank's own",
        "defaults, with intervals, floors and fallbacks. Capital uses estimates with",
        "enough defaults.",
    ),
    deps=[
        key("gold", "credit_exposures"),
        key("silver", "stg_loan_payments"),
        key("silver", "stg_loans"),
        key("silver", "stg_transactions"),
        key("gold", "dim_account"),
    ],
)
@retried
def loss_parameters(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    sources: dg.ResourceParam[SourcesConfig],
) -> dg.MaterializeResult:
    """Estimates from all defaults up to the latest reporting date."""
    with bulk.connect(tables.warehouse.url) as connection:
        last = bulk.fetch_value(connection, _LAST)
        if not isinstance(last, date):
            return store(context, tables, TABLE, pl.DataFrame(), {"defaults": 0})
        segments, lines, *losses = (
            bulk.read_frame(connection, query.format(last=last))
            for query in (
                _SEGMENTS,
                _LINES,
                _DEFAULTS,
                card_losses.DEFAULTS,
                _RECOVERIES,
                card_losses.RECOVERIES,
            )
        )
    defaults, recoveries = pl.concat(losses[:2]), pl.concat(losses[2:])
    parameters = parameters_of(
        segments,
        defaults,
        recoveries,
        lines,
        as_of=last,
        seed=SEED,
        rules_as_of=sources.rules_as_of,
    )
    metadata = {
        "defaults": defaults.height,
        "fallbacks": parameters.filter(pl.col("method") == "FALLBACK").height,
        "as_of_date": str(last),
    }
    return store(context, tables, TABLE, parameters, metadata)
