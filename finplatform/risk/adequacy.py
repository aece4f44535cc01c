"""Capital adequacy of the whole bank: cells of RWA and lines of own funds to ratios and buffers.

The output floor on the sum of all risks, the three ratios, the buffers above them and the limit on
distributions, in decimal. The formulas are in
`output_floor`, `capital` and `buffers`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.buffers import countercyclical_buffer
from finplatform.risk.capital import BufferPosition, OwnFunds, buffer_position, capital_ratios
from finplatform.risk.money import ZERO, to_cents, to_quotient, to_ratio
from finplatform.risk.output_floor import FlooredAssets, RiskWeightedAssets, apply_output_floor
from finplatform.risk.reports.rwa_breakdown import CREDIT, MARKET, OPERATIONAL
from finplatform.risk.reports.standardised import METRICS as STANDARDISED_METRICS
from finplatform.risk.rules import find_rule
from finplatform.windows import date_key

_MEASURES = ("cet1", "tier1", "total")
COUNTERCYCLICAL = "RBC30.7:countercyclical_rate"


def output_floor_figures(
    cells: pl.DataFrame, currency: str, *, rules_as_of: date | None = None
) -> pl.DataFrame:
    """The output floor on each reporting date (RBC20.4, RBC20.11, RBC90.1).

    Args:
        cells: Rows of `gold.rwa_by_class`.
        currency: Currency of the reports.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.output_floor`.
    """
    rows = []
    for day, totals in _totals(cells).items():
        floored = _floored(totals, rules_as_of or day)
        row: dict[str, Any] = {
            "reporting_date": day,
            "date_key": date_key(day),
            "currency": currency,
        }
        for name in (CREDIT, MARKET, OPERATIONAL):
            row[f"{name}_risk_weighted_assets"] = totals[name][0]
            row[f"sa_{name}_risk_weighted_assets"] = totals[name][1]
        floor = to_cents(floored.floor)
        rows.append(
            row
            | {
                "before_floor": floored.before_floor,
                "floor_base": floored.floor_base,
                "output_floor_rate": floored.calibration,
                "output_floor_amount": floor,
                "is_floor_binding": floored.is_binding,
                "floor_increase": max(floor - floored.before_floor, ZERO),
                "risk_weighted_assets": to_cents(floored.rwa),
                "rules": ";".join(("RBC20.4", "RBC20.11", *floored.rules)),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def capital_adequacy(
    metrics: pl.DataFrame,
    cells: pl.DataFrame,
    own_funds: pl.DataFrame,
    currency: str,
    *,
    countries: pl.DataFrame | None = None,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Capital figures per reporting date.

    Args:
        metrics: Rows of `gold.fact_risk_metrics`.
        cells: Rows of `gold.rwa_by_class` of the same dates.
        own_funds: Rows of `gold.own_funds`; a date without has RWA but no ratio.
        currency: Currency that the bank reports in.
        countries: Credit RWA of borrowers by country: reporting_date, country, amount; weighs the
            countercyclical buffer (RBC30.7). None: the buffer is zero.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.capital_adequacy`, one row per date in order.
    """
    sums = (
        metrics.group_by("reporting_date", "date_key")
        .agg(
            exposures=pl.len().cast(pl.Int64),
            exposure_amount=pl.col("exposure_amount").sum(),
            expected_loss=pl.col("expected_loss").sum(),
            defaulted_amount=pl.col("drawn_amount").filter(pl.col("is_defaulted")).sum(),
            sa_risk_weighted_assets=pl.col("sa_risk_weighted_assets").sum(),
            irb_risk_weighted_assets=pl.col("irb_risk_weighted_assets").sum(),
        )
        .sort("reporting_date")
    )
    totals, funds = _totals(cells), _own_funds(own_funds)
    losses = _standardised_losses(cells)
    abroad = _by_country(countries)
    rows = []
    for row in sums.iter_rows(named=True):
        day = row["reporting_date"]
        as_of = rules_as_of or day
        floored = _floored(totals[day], as_of)
        figures = row | {"currency": currency} | _assets(totals[day], row, floored)
        figures["expected_loss"] += losses.get(day, ZERO)
        stated = funds.get(day)
        rows.append(figures | _capital(stated, floored, abroad.get(day, {}), as_of))
    return pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame()


def _standardised_losses(cells: pl.DataFrame) -> dict[date, Decimal]:
    """Expected loss of the standardised book, which its slotted loans have (CRE33.8), by date."""
    if cells.is_empty():
        return {}
    standardised = cells.filter(pl.col("source_table") == STANDARDISED_METRICS)
    losses = standardised.group_by("reporting_date").agg(pl.col("expected_loss").sum())
    return dict(losses.iter_rows())


_Totals = Mapping[str, tuple[Decimal, Decimal]]


def _totals(cells: pl.DataFrame) -> dict[date, dict[str, tuple[Decimal, Decimal]]]:
    """RWA by the approach in use and by the standardised one, by date and kind of risk."""
    found: dict[date, dict[str, tuple[Decimal, Decimal]]] = {}
    if cells.is_empty():
        return found
    sums = (
        cells.group_by("reporting_date", "risk_type")
        .agg(pl.col("risk_weighted_assets", "sa_risk_weighted_assets").sum())
        .sort("reporting_date")
    )
    for day, kind, nominated, standardised in sums.iter_rows():
        empty = dict.fromkeys((CREDIT, MARKET, OPERATIONAL), (ZERO, ZERO))
        found.setdefault(day, empty)[kind] = (nominated, standardised)
    return found


def _floored(totals: _Totals, as_of: date) -> FlooredAssets:
    nominated, standardised = (
        RiskWeightedAssets(
            credit=totals[CREDIT][position],
            market=totals[MARKET][position],
            operational=totals[OPERATIONAL][position],
        )
        for position in (0, 1)
    )
    return apply_output_floor(nominated, standardised, as_of)


def _assets(totals: _Totals, row: Mapping[str, Any], floored: FlooredAssets) -> dict[str, Any]:
    credit = totals[CREDIT][0]
    return {
        "other_assets_risk_weighted_assets": credit - row["irb_risk_weighted_assets"],
        "credit_risk_weighted_assets": credit,
        "market_risk_weighted_assets": totals[MARKET][0],
        "operational_risk_weighted_assets": totals[OPERATIONAL][0],
        "output_floor_rate": floored.calibration,
        "output_floor_amount": to_cents(floored.floor),
        "is_floor_binding": floored.is_binding,
        "risk_weighted_assets": to_cents(floored.rwa),
    }


def _capital(
    stated: tuple[OwnFunds, Decimal, date] | None,
    floored: FlooredAssets,
    countries: Mapping[str, Decimal],
    as_of: date,
) -> dict[str, Any]:
    if stated is None or not floored.rwa:
        return {
            "own_funds_date": stated[2] if stated else None,
            "provision_shortfall": stated[1] if stated else None,
            **dict.fromkeys(_RATIO_COLUMNS),
            **dict.fromkeys(_BUFFER_COLUMNS),
            "rules": ";".join(floored.rules),
        }
    funds, shortfall, day = stated
    ratios = capital_ratios(funds, floored.rwa, as_of)
    rates = find_rule(COUNTERCYCLICAL, as_of)
    cyclical = countercyclical_buffer(countries, rates.values if rates else {}, as_of)
    position = buffer_position(funds, floored.rwa, as_of, countercyclical=cyclical)
    figures: dict[str, Any] = {
        "own_funds_date": day,
        "provision_shortfall": shortfall,
        "is_minimum_met": not ratios.failing,
        **_buffers(cyclical, position),
        "rules": ";".join(
            (*floored.rules, *(ratio.rule_id for ratio in ratios.all), *position.rules)
            + ((COUNTERCYCLICAL,) if rates else ())
        ),
    }
    for name, ratio in zip(_MEASURES, ratios.all, strict=True):
        figures[f"{name}_capital"] = ratio.capital
        figures[f"{name}_ratio"] = to_quotient(ratio.capital, floored.rwa)
        figures[f"{name}_surplus"] = to_cents(ratio.surplus)
    return figures


_RATIO_COLUMNS = (
    *(f"{name}_{what}" for name in _MEASURES for what in ("capital", "ratio", "surplus")),
    "is_minimum_met",
)
_BUFFER_COLUMNS = (
    "countercyclical_rate",
    "buffer_required_rate",
    "buffer_available_rate",
    "is_buffer_met",
    "earnings_conserved_rate",
)


def _buffers(cyclical: Decimal, position: BufferPosition) -> dict[str, Any]:
    return {
        "countercyclical_rate": to_ratio(cyclical),
        "buffer_required_rate": to_ratio(position.required),
        "buffer_available_rate": to_ratio(position.available),
        "is_buffer_met": position.available >= position.required,
        "earnings_conserved_rate": to_ratio(position.earnings_conserved),
    }


def _own_funds(lines: pl.DataFrame) -> dict[date, tuple[OwnFunds, Decimal, date]]:
    """Components, shortfall of provisions and date of the statement, by reporting date."""
    if lines.is_empty():
        return {}
    found = {}
    for (day,), rows in lines.group_by("reporting_date"):
        sums = dict(rows.group_by("tier").agg(pl.col("counted_amount").sum()).iter_rows())
        instruments = _counted(rows, "common_shares")
        shortfall = -_counted(rows, "provision_shortfall")
        stated = rows["statement_date"].max()
        found[day] = (
            OwnFunds(
                cet1_instruments=instruments,
                retained_earnings=sums.get("CET1", ZERO) - instruments,
                additional_tier1=sums.get("AT1", ZERO),
                tier2=sums.get("T2", ZERO),
            ),
            shortfall,
            stated,
        )
    return found  # type: ignore[return-value]


def own_funds_by_date(lines: pl.DataFrame) -> dict[date, OwnFunds]:
    """Own funds of each reporting date that has a statement.

    Args:
        lines: Rows of `gold.own_funds`.
    """
    return {day: funds for day, (funds, _, _) in _own_funds(lines).items()}


def _counted(rows: pl.DataFrame, line: str) -> Decimal:
    amount = rows.filter(pl.col("line") == line)["counted_amount"].sum()
    return Decimal(amount or 0)


_PUBLIC_OR_BANK = (
    *("sovereign", "international_organisation", "public_sector", "regional_government"),
    *("multilateral_bank", "bank", "covered_bond", "cash", "collection_item", "other_asset"),
)


def credit_by_country(
    metrics: pl.DataFrame, customers: pl.DataFrame, standardised: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Credit RWA of borrowers by date and country of residence.

    Args:
        metrics: Rows of `gold.fact_risk_metrics`.
        customers: customer_key, country.
        standardised: Rows of `gold.fact_standardised_metrics`, of which only claims on the private
            sector count (RBC30.7); None for a bank without them.

    Returns:
        Columns reporting_date, country, amount; a borrower without a country is left out.
    """
    columns = ("reporting_date", "country", "risk_weighted_assets")
    parts = [
        metrics.join(customers.select("customer_key", "country"), on="customer_key").select(columns)
    ]
    if standardised is not None and standardised.height:
        private = ~pl.col("exposure_class").is_in(_PUBLIC_OR_BANK)
        parts.append(standardised.filter(private).select(columns))
    return (
        pl.concat(parts, how="vertical_relaxed")
        .filter(pl.col("country").is_not_null())
        .group_by("reporting_date", "country")
        .agg(amount=pl.col("risk_weighted_assets").sum())
        .sort("reporting_date", "country")
    )


def _by_country(countries: pl.DataFrame | None) -> dict[date, dict[str, Decimal]]:
    found: dict[date, dict[str, Decimal]] = {}
    if countries is not None:
        for day, country, amount in countries.iter_rows():
            found.setdefault(day, {})[country] = amount
    return found
