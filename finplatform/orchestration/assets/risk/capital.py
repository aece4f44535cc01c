"""Risk as assets: `gold/fact_risk_metrics`, and the reports on it.

Belongs here: reading the exposures of a window and storing the results of the risk engine. The
reports are declared in `capital_reports` and `risk_reports`.
"""

import dagster as dg
import polars as pl

from finplatform.contracts.gold import GOLD
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.risk.capital_reports import CAPITAL, RATES, eur_prices
from finplatform.orchestration.assets.risk.lineage_report import LINEAGE
from finplatform.orchestration.assets.risk.loan_ledger import LOAN_LEDGER
from finplatform.orchestration.assets.risk.report import GROUP, build_reports, run_query
from finplatform.orchestration.assets.risk.risk_reports import IMPAIRMENT, RISKS
from finplatform.orchestration.assets.risk.supervisory_reports import SUPERVISORY
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.partitions import Partitions, window_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.risk.metrics import risk_metrics


def build_risk_assets(partitions: Partitions, sources: SourcesConfig) -> list[dg.AssetsDefinition]:
    """Risk metrics per exposure, and the reports on them.

    Args:
        partitions: Months of both.
        sources: Reporting currency and, for a replayed history, the date of the rules.
    """
    stored = {
        table: dg.AssetIn(key("gold", table), input_manager_key="tables_io")
        for table in ("credit_exposures", "pd_scores", "pd_grades", "loss_parameters")
    }

    @dg.asset(
        **table_arguments(
            GOLD["fact_risk_metrics"],
            GROUP,
            "PD, LGD, exposure, RWA by the standardised (CRE20) and the IRB approach (CRE31), and",
            "the rules used. Rows exist at month-ends.",
        ),
        ins=stored,
        deps=[key("gold", "exchange_rates")],
        partitions_def=partitions.monthly,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def fact_risk_metrics(
        context: dg.AssetExecutionContext,
        credit_exposures: pl.DataFrame,
        pd_scores: pl.DataFrame,
        pd_grades: pl.DataFrame,
        loss_parameters: pl.DataFrame,
        tables: TablesResource,
    ) -> dg.MaterializeResult:
        metrics = risk_metrics(
            credit_exposures,
            pd_scores,
            pd_grades,
            loss_parameters,
            eur_per_unit=eur_prices(run_query(tables, RATES, window_of(context)), sources.currency),
            rules_as_of=sources.rules_as_of,
        )
        total = float(metrics["risk_weighted_assets"].cast(pl.Float64).sum())
        return store(
            context, tables, "gold.fact_risk_metrics", metrics, {"risk_weighted_assets": total}
        )

    reports = (*IMPAIRMENT, *LOAN_LEDGER, *CAPITAL, *SUPERVISORY, *RISKS, *LINEAGE)
    return [fact_risk_metrics, build_reports(reports, partitions, sources)]
