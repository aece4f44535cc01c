"""The lineage of capital for operational risk: from the requirement to ledger lines and losses.

Components of the figures of `gold.operational_risk`; `lineage` collects the steps.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from finplatform.risk.money import ZERO
from finplatform.risk.reports.ledger import MONTHS_A_YEAR, months_back
from finplatform.risk.reports.lineage import Component, FigureLineage, SourceRows
from finplatform.risk.reports.operational import LOSS_REGISTER
from finplatform.risk.rules import rule

Row = Mapping[str, Any]


def trace_operational(lineage: FigureLineage, row: Row, items: Sequence[Row], as_of: date) -> None:
    """Note the steps from the requirement to rows.

    Args:
        lineage: Receives the steps.
        row: Row of `gold.operational_risk` of the date.
        items: SourceRows of `gold.business_indicator_years`.
        as_of: Date of the rules.
    """
    component, capital = row["business_indicator_component"], row["capital_requirement"]
    factor = capital / component if component else Decimal(row["loss_multiplier"])
    lineage.total(
        "operational.capital",
        capital,
        [Component("operational.indicator_component", component, factor, _multiplier_rule(row))],
    )
    _component(lineage, row, component)
    lineage.total(
        "operational.business_indicator",
        row["business_indicator"],
        [
            Component(f"operational.{name}", row[name], rules="OPE25.3")
            for name in ("interest_leases_dividends", "services", "financial")
        ],
    )
    years = _by_year(items)
    share = Decimal(1) / max(len(years), 1)
    _interest(lineage, row, years, share, as_of)
    lineage.total(
        "operational.services",
        row["services"],
        [
            _item(ended, year, name, share)
            for ended, year in years.items()
            for name in ("fee_income", "other_operating_expense")
        ],
    )
    lineage.total(
        "operational.financial",
        row["financial"],
        [
            _item(ended, year, "trading_result", _sign(year["trading_result"]["amount"]) * share)
            for ended, year in years.items()
        ],
    )
    for ended, year in years.items():
        for name, item in year.items():
            _source(lineage, ended, name, item, years)


def _multiplier_rule(row: Row) -> str:
    named = [rule_id for rule_id in str(row["rules"]).split(";") if _is_multiplier(rule_id)]
    return ";".join(named) or "OPE25.2"


def _is_multiplier(rule_id: str) -> bool:
    return rule_id.startswith(("OPE25.9:", "OPE25.10:", "OPE25.11:"))


def _component(lineage: FigureLineage, row: Row, component: Decimal) -> None:
    """The component is a share of the indicator: one coefficient, or a blend of several."""
    indicator = row["business_indicator"]
    blend = component / indicator if indicator else ZERO
    lineage.total(
        "operational.indicator_component",
        component,
        [
            Component(
                "operational.business_indicator", indicator, blend, "OPE25.7:marginal_coefficient"
            )
        ],
    )


def _by_year(items: Sequence[Row]) -> dict[date, dict[str, Row]]:
    years: dict[date, dict[str, Row]] = {}
    for item in items:
        years.setdefault(item["year_ended"], {})[item["item"]] = item
    return years


def _interest(
    lineage: FigureLineage,
    row: Row,
    years: Mapping[date, Mapping[str, Row]],
    share: Decimal,
    as_of: date,
) -> None:
    """Net interest year by year, or the cap on it where that is lower (OPE25.4)."""
    cap = rule("OPE25.4:interest_margin_cap", as_of)
    net = {
        ended: year["interest_income"]["amount"] - year["interest_expense"]["amount"]
        for ended, year in years.items()
    }
    assets = sum((year["interest_earning_assets"]["amount"] for year in years.values()), ZERO)
    if sum(map(abs, net.values()), ZERO) > cap.exact * assets:
        parts = [
            _item(ended, year, "interest_earning_assets", cap.exact * share, cap.rule_id)
            for ended, year in years.items()
        ]
    else:
        parts = [
            _item(ended, year, name, side * _sign(net[ended]) * share)
            for ended, year in years.items()
            for name, side in (("interest_income", 1), ("interest_expense", -1))
        ]
    lineage.total("operational.interest_leases_dividends", row["interest_leases_dividends"], parts)


def _item(
    ended: date,
    year: Mapping[str, Row],
    name: str,
    factor: Decimal,
    rules: str = "OPE25.5:years_averaged",
) -> Component:
    return Component(f"income.{ended}.{name}", year[name]["amount"], factor, rules)


def _source(
    lineage: FigureLineage,
    ended: date,
    name: str,
    item: Row,
    years: Mapping[date, Mapping[str, Row]],
) -> None:
    figure, value, months = f"income.{ended}.{name}", item["amount"], item["months_of_books"]
    is_whole = months == MONTHS_A_YEAR
    until = ended if is_whole else max(years)
    after = months_back(until, MONTHS_A_YEAR * (1 if is_whole else len(years)))
    known = sum(year[name]["months_of_books"] for year in years.values())
    factor = Decimal(1) if is_whole else Decimal(MONTHS_A_YEAR) / known
    lines = "', '".join(item["source_lines"].split(";"))
    chosen = f"account_group in ('{lines}')"
    if item["source_lines"] == LOSS_REGISTER:
        # Losses of months that the books lack are no part of the average month.
        begun = after if is_whole else max(after, months_back(until, known))
        condition = (
            f"accounting_date > '{begun}' and accounting_date <= '{until}'"
            " and not is_credit_related"
        )
        rows = SourceRows("gold.fact_operational_losses", "net_loss", condition)
    elif name == "interest_earning_assets":
        rows = SourceRows(
            "gold.fact_ledger", "natural_balance", f"report_date = '{until}' and {chosen}"
        )
        factor = Decimal(1)
    else:
        condition = f"report_date > '{after}' and report_date <= '{until}' and {chosen}"
        rows = SourceRows("gold.fact_ledger", "natural_movement", condition)
    source = "losses" if item["source_lines"] == LOSS_REGISTER else "ledger"
    part = Component(source, item["booked_amount"], factor, "OPE10.2", rows)
    lineage.total(figure, value, [part])


def _sign(amount: Decimal) -> Decimal:
    return Decimal(-1) if amount < ZERO else Decimal(1)
