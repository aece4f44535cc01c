"""Risk as assets: `gold/fact_risk_metrics`, and the reports on it.

Belongs here: reading the exposures of a window and storing what the risk engine says of them. The
reports are declared in `capital_reports` and `risk_reports`.
"""

import dagster as dg
import polars as pl

from finplatform.contracts.contract import Contract
from finplatform.contracts.gold import GOLD
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.metadata import description, table_metadata
from finplatform.orchestration.assets.risk.capital_reports import CAPITAL
from finplatform.orchestration.assets.risk.lineage_report import LINEAGE
from finplatform.orchestration.assets.risk.loan_ledger import LOAN_LEDGER
from finplatform.orchestration.assets.risk.report import GROUP, build_reports
from finplatform.orchestration.assets.risk.risk_reports import RISKS
from finplatform.risk.metrics import risk_metrics
from finplatform.taxonomy import kinds_of, owners_of


def build_risk_assets(
    partitions: dg.PartitionsDefinition, contracts: dict[str, Contract], sources: SourcesConfig
) -> list[dg.AssetsDefinition]:
    """Risk metrics per exposure, and the reports on them.

    Args:
        partitions: Cut of both tables.
        contracts: Contracts of the tables that are read, by `schema.table`.
        sources: Says the reporting currency and, for a replayed history, the date of the rules.
    """

    @dg.asset(
        key=key("gold", "fact_risk_metrics"),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        description=description(
            GOLD["fact_risk_metrics"],
            "PD, LGD, exposure, RWA by the standardised (CRE20) and the IRB approach (CRE31), and",
            "the rules used. Rows exist at month-ends.",
        ),
        metadata=table_metadata(GOLD["fact_risk_metrics"]),
        ins={
            "credit_exposures": dg.AssetIn(
                key("gold", "credit_exposures"), input_manager_key="tables"
            ),
            "pd_scores": dg.AssetIn(key("gold", "pd_scores")),
            "pd_grades": dg.AssetIn(key("gold", "pd_grades"), input_manager_key="tables"),
            "loss_parameters": dg.AssetIn(
                key("gold", "loss_parameters"), input_manager_key="tables"
            ),
        },
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        io_manager_key="tables",
    )
    def fact_risk_metrics(
        credit_exposures: pl.DataFrame,
        pd_scores: pl.DataFrame,
        pd_grades: pl.DataFrame,
        loss_parameters: pl.DataFrame,
    ) -> dg.Output[pl.DataFrame]:
        metrics = risk_metrics(
            credit_exposures,
            pd_scores,
            pd_grades,
            loss_parameters,
            rules_as_of=sources.rules_as_of,
        )
        total = metrics["risk_weighted_assets"].cast(pl.Float64).sum()
        return dg.Output(metrics, metadata={"risk_weighted_assets": float(total)})

    return [
        fact_risk_metrics,
        *build_reports((*CAPITAL, *RISKS, *LOAN_LEDGER, *LINEAGE), partitions, contracts, sources),
    ]
