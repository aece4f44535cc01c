"""The check of the simulated bank: its figures lie in the ranges of published aggregates.

Does not belong here: the figures and their ranges (`finplatform.bench.bank_figures`).
"""

import dagster as dg

from finplatform.bench.bank_figures import TABLES, BankFigure, bank_figures
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.settings import PROJECT_ROOT, Settings

CHECK_NAME = "figures_are_believable"
ASSET = "capital_adequacy"
FEWEST_EXPOSURES = 1_000
"""Fewest exposures for a comparison of rates."""


def build_benchmark_check() -> dg.AssetChecksDefinition:
    """The check of the simulated bank, with severity WARN."""

    @dg.asset_check(
        asset=key("gold", ASSET),
        name=CHECK_NAME,
        description="Rates and ratios of the simulated bank lie where those of real banks do.",
        additional_deps=[key("gold", table) for table in TABLES if table != ASSET],
    )
    def check(
        warehouse: WarehouseResource, settings: dg.ResourceParam[Settings]
    ) -> dg.AssetCheckResult:
        with warehouse.warehouse.connect() as connection:
            (exposures,) = connection.execute(
                "select count(*) from gold.fact_risk_metrics"
                " where reporting_date = (select max(reporting_date) from gold.capital_adequacy)"
            ).fetchone() or (0,)
            is_simulated = settings.sources_file == PROJECT_ROOT / "sources.yaml"
            if not is_simulated or exposures < FEWEST_EXPOSURES:
                return dg.AssetCheckResult(
                    passed=True,
                    description="Not compared: no simulated bank, or one with few exposures.",
                )
            figures = bank_figures(connection)
        return benchmark_result(figures)

    return check


def benchmark_result(figures: list[BankFigure]) -> dg.AssetCheckResult:
    """Check result of the figures with their ranges; names those outside."""
    outside = [f"{one.figure} {one.value}" for one in figures if not one.is_in_range]
    lines = [
        f"| {one.figure} | {'' if one.value is None else f'{one.value:.5g}'}"
        f" | {one.low:g} to {one.high:g} | {one.source} |"
        for one in figures
    ]
    table = "\n".join(["| figure | bank | range | source |", "|---|---|---|---|", *lines])
    return dg.AssetCheckResult(
        passed=not outside,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"figures": dg.MetadataValue.md(table)},
        description="; ".join(outside) if outside else f"All {len(figures)} figures are in range.",
    )
