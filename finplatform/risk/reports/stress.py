"""The book under stress at quarter ends: dated scenarios, and the shock that breaks a minimum.

Scenarios of a date and the tested positions; shocks and their measurement are in
`finplatform.risk.stress`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.capital import CapitalRatios, OwnFunds
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.exposures import measure
from finplatform.risk.metrics import engine_inputs
from finplatform.risk.money import to_cents, to_ratio
from finplatform.risk.output_floor import RiskWeightedAssets
from finplatform.risk.reports.rwa_breakdown import CREDIT, LOAN_METRICS, MARKET, OPERATIONAL
from finplatform.risk.rules import rule
from finplatform.risk.stress.reverse import breaking_severity
from finplatform.risk.stress.scenarios import (
    Shock,
    StressResult,
    UnstressedAssets,
    macro_shock,
    stress_test,
)
from finplatform.windows import date_key

SCENARIOS = ("mild", "adverse", "severe")
REVERSE = "reverse"
_HIGHEST_SEVERITY, _STEP = 4.0, 0.1
_UNEMPLOYMENT = "unemployment"


def shock_of(scenario: str, as_of: date) -> Shock:
    """The shock of a scenario by the bank's dated parameters (`BANK.STRESS`)."""
    slopes = rule("BANK.STRESS:log_odds_per_point", as_of)
    return macro_shock(
        {_UNEMPLOYMENT: rule("BANK.STRESS:unemployment_rise", as_of).part(scenario)},
        {member: {_UNEMPLOYMENT: slopes.part(member.value)} for member in ExposureClass},
        lgd_factor=rule("BANK.STRESS:lgd_factor", as_of).part(scenario),
        property_fall=rule("BANK.STRESS:property_fall", as_of).part(scenario),
    )


def stress_figures(
    book: pl.DataFrame,
    funds: Mapping[date, OwnFunds],
    cells: pl.DataFrame,
    currency: str,
    *,
    eur_per_unit: Mapping[date, Decimal] | None = None,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Scenarios and reverse stress at each quarter end that has own funds.

    No income is set against losses, and the balance sheet stays as it is. The reverse row scales
    the severe scenario until a minimum of RBC20.1 breaks; without severity none breaks within four
    times the scenario.

    Args:
        book: Exposures with estimates, as `metrics.engine_inputs` takes them.
        funds: Own funds by date.
        cells: Rows of `gold.rwa_by_class`.
        currency: Currency of the reports.
        eur_per_unit: Price in EUR of that currency by date; 1 for a date without one.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.stress_results`.
    """
    rows: list[dict[str, Any]] = []
    quarters = book.filter(pl.col("reporting_date").dt.month() % 3 == 0)
    for part in quarters.sort("reporting_date").partition_by("reporting_date"):
        day = part["reporting_date"][0]
        if day in funds:
            unstressed = _unstressed(cells.filter(pl.col("reporting_date") == day))
            as_of = rules_as_of or day
            price = (eur_per_unit or {}).get(day, Decimal(1))
            inputs = engine_inputs(part, eur_per_unit=price, as_of=as_of)
            rows.extend(_rows(inputs, funds[day], unstressed, currency, day, as_of))
    return pl.DataFrame(rows, infer_schema_length=None)


def _rows(
    inputs: pl.DataFrame,
    funds: OwnFunds,
    unstressed: UnstressedAssets,
    currency: str,
    day: date,
    as_of: date,
) -> list[dict[str, Any]]:
    before = measure(inputs, as_of)

    def test(shock: Shock) -> StressResult:
        return stress_test(inputs, funds, shock, as_of, unstressed=unstressed, before=before)

    def surplus(severity: float) -> float:
        ratios = test(severe.scaled(severity)).stress
        return float(min(ratio.surplus for ratio in ratios.all))

    rows = [
        _row(day, currency, name, 1.0, test(shock_of(name, as_of)), as_of) for name in SCENARIOS
    ]
    severe = shock_of(SCENARIOS[-1], as_of)
    breach = breaking_severity(surplus, highest=_HIGHEST_SEVERITY, tolerance=_STEP)
    severity = _HIGHEST_SEVERITY if breach.severity is None else breach.severity
    reverse = _row(day, currency, REVERSE, severity, test(severe.scaled(severity)), as_of)
    return [*rows, reverse | {"severity": breach.severity}]


def _row(
    day: date, currency: str, scenario: str, severity: float, result: StressResult, as_of: date
) -> dict[str, Any]:
    source = SCENARIOS[-1] if scenario == REVERSE else scenario
    shock = shock_of(source, as_of).scaled(severity)
    rise = rule("BANK.STRESS:unemployment_rise", as_of).part(source) * severity
    return {
        "reporting_date": day,
        "date_key": date_key(day),
        "scenario": scenario,
        "severity": severity,
        "currency": currency,
        "unemployment_rise": rise,
        "property_fall": shock.property_fall,
        "lgd_factor": shock.lgd_factor,
        "expected_loss": to_cents(result.expected_loss),
        "stressed_loss": to_cents(result.stressed_loss),
        "credit_loss": to_cents(result.credit_loss),
        "risk_weighted_assets": to_cents(result.base_assets.rwa),
        "stressed_risk_weighted_assets": to_cents(result.stressed_assets.rwa),
        **_ratios("", result.base),
        **_ratios("stressed_", result.stress),
        "is_minimum_met": not result.stress.failing,
        "broken_minimums": ";".join(ratio.rule_id for ratio in result.stress.failing) or None,
    }


def _ratios(prefix: str, ratios: CapitalRatios) -> dict[str, Decimal]:
    names = ("cet1_ratio", "tier1_ratio", "total_ratio")
    return {
        f"{prefix}{name}": to_ratio(ratio.ratio)
        for name, ratio in zip(names, ratios.all, strict=True)
    }


def _unstressed(cells: pl.DataFrame) -> UnstressedAssets:
    """RWA and expected loss of what the stress of loans leaves alone."""
    is_book = (pl.col("risk_type") == CREDIT) & (pl.col("source_table") == LOAN_METRICS)
    rest = cells.filter(~is_book)

    def assets(column: str) -> RiskWeightedAssets:
        sums = {
            kind: Decimal(rest.filter(pl.col("risk_type") == kind)[column].sum() or 0)
            for kind in (CREDIT, MARKET, OPERATIONAL)
        }
        return RiskWeightedAssets(sums[CREDIT], sums[MARKET], sums[OPERATIONAL])

    return UnstressedAssets(
        assets("risk_weighted_assets"),
        assets("sa_risk_weighted_assets"),
        Decimal(rest["expected_loss"].sum() or 0),
    )
