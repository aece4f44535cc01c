"""Capital as assets: `gold/fact_risk_metrics` and `gold/capital_adequacy`.

Belongs here: reading the month-ends of a window and storing what the risk engine says of them.
"""

import dagster as dg
import polars as pl

from finplatform.assets.metadata import description, table_metadata
from finplatform.connectors.config import SourcesConfig
from finplatform.contracts.contract import Contract
from finplatform.contracts.gold import GOLD
from finplatform.io_managers.tables import read
from finplatform.resources.warehouse import WarehouseResource
from finplatform.risk.adequacy import capital_adequacy as adequacy_of
from finplatform.risk.metrics import risk_metrics
from finplatform.taxonomy import key, kinds_of, owners_of

GROUP = "risk"


def build_risk_assets(
    partitions: dg.PartitionsDefinition, contracts: dict[str, Contract], sources: SourcesConfig
) -> list[dg.AssetsDefinition]:
    """Risk metrics per exposure, and the capital ratios on them.

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
        },
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        io_manager_key="tables",
    )
    def fact_risk_metrics(
        credit_exposures: pl.DataFrame, pd_scores: pl.DataFrame
    ) -> dg.Output[pl.DataFrame]:
        metrics = risk_metrics(credit_exposures, pd_scores, rules_as_of=sources.rules_as_of)
        total = metrics["risk_weighted_assets"].cast(pl.Float64).sum()
        return dg.Output(metrics, metadata={"risk_weighted_assets": float(total)})

    @dg.asset(
        key=key("gold", "capital_adequacy"),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        description=description(
            GOLD["capital_adequacy"],
            "CET1, Tier 1 and total ratio of credit risk after the output floor (RBC20).",
        ),
        metadata=table_metadata(GOLD["capital_adequacy"]),
        ins={"fact_risk_metrics": dg.AssetIn(key("gold", "fact_risk_metrics"))},
        deps=[key("silver", "stg_own_funds")],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        io_manager_key="tables",
    )
    def capital_adequacy(
        fact_risk_metrics: pl.DataFrame, warehouse: WarehouseResource
    ) -> dg.Output[pl.DataFrame]:
        own_funds = read(warehouse.url, contracts["silver.stg_own_funds"], None)
        figures = adequacy_of(
            fact_risk_metrics, own_funds, sources.currency, rules_as_of=sources.rules_as_of
        )
        return dg.Output(figures, metadata=_latest_ratios(figures))

    return [fact_risk_metrics, capital_adequacy]


def _latest_ratios(figures: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    if figures.is_empty():
        return {}
    latest = figures.row(-1, named=True)
    return {
        name: dg.MetadataValue.float(float(latest[name]))
        for name in ("cet1_ratio", "tier1_ratio", "total_ratio")
        if latest[name] is not None
    } | {"reporting_date": dg.MetadataValue.text(str(latest["reporting_date"]))}
