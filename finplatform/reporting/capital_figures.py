"""Figures of the capital page beside the ratios: buffers, other risks, liquidity, losses, stress.

Belongs here: which figure of which report is shown, how, and by which paragraph. A report without a
row on the date shows nothing. The page itself is `capital_page`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
Line = tuple[str, str, str]
"""Name, value and paragraph."""


def money(amount: Decimal | None) -> str:
    """An amount with thousands separators; a dash where there is none."""
    return "\N{EN DASH}" if amount is None else f"{amount:,.2f}"


def percent(fraction: Decimal | float | None) -> str:
    """A fraction as per cent with two decimals; a dash where there is none."""
    return "\N{EN DASH}" if fraction is None else f"{fraction * 100:.2f} %"


def buffer_lines(adequacy: Row) -> list[Line]:
    """Buffers and deductions of a row of `gold.capital_adequacy`."""
    return [
        ("Shortfall of provisions, deducted", money(adequacy["provision_shortfall"]), "CAP30.13"),
        ("Countercyclical buffer", percent(adequacy["countercyclical_rate"]), "RBC30.7"),
        ("Buffers required", percent(adequacy["buffer_required_rate"]), "RBC30.2"),
        ("CET1 left for buffers", percent(adequacy["buffer_available_rate"]), "RBC30.2"),
        ("Earnings to be kept", percent(adequacy["earnings_conserved_rate"]), "RBC30.4"),
    ]


def report_lines(reports: Mapping[str, Sequence[Row]]) -> list[Line]:
    """One line for each figure of the other reports.

    Args:
        reports: Rows of the date by table; of stress, rows of the last quarter end.
    """
    lines: list[Line] = []
    for row in reports.get("operational_risk", ()):
        lines += [
            ("Business indicator", money(row["business_indicator"]), "OPE25.3"),
            ("Internal loss multiplier", f"{row['loss_multiplier']:.4f}", "OPE25.9"),
        ]
    for row in reports.get("market_risk", ()):
        if row["value_at_risk"] is not None:
            lines.append(
                (
                    f"Value at risk of the trading book, {row['method']}"
                    + (f", {row['exceptions']} exceptions, {row['zone']}" if row["zone"] else ""),
                    money(row["value_at_risk"]),
                    "MAR32.9",
                )
            )
    for row in reports.get("leverage", ()):
        lines.append(("Leverage ratio", percent(row["leverage_ratio"]), "LEV20.7"))
    for row in reports.get("liquidity_coverage", ()):
        lines.append(("Liquidity coverage ratio", percent(row["coverage_ratio"]), "LCR20.4"))
    for row in reports.get("net_stable_funding", ()):
        lines.append(("Net stable funding ratio", percent(row["stable_funding_ratio"]), "NSF20.2"))
    large = reports.get("large_exposures", ())
    if large:
        lines.append(
            (
                f"Large exposures ({sum(row['is_breach'] for row in large)} above the limit)",
                str(sum(row["is_large"] for row in large)),
                "LEX10.8",
            )
        )
    lines += _allowances(reports.get("ecl_roll_forward", ()))
    lines += [_stress(row) for row in reports.get("stress_results", ())]
    for row in reports.get("model_monitoring", ()):
        lines.append(("Drift of scores (PSI)", _number(row["stability_index"]), "CRE36.33"))
    return lines


def _allowances(rows: Sequence[Row]) -> list[Line]:
    paragraphs = {1: "IFRS 9 5.5.5", 2: "IFRS 9 5.5.3", 3: "IFRS 9 5.5.3"}
    return [
        (
            f"Expected credit loss, stage {row['stage']}",
            money(row["closing"]),
            paragraphs[row["stage"]],
        )
        for row in rows
    ]


def _stress(row: Row) -> Line:
    if row["scenario"] == "reverse":
        severity = row["severity"]
        shown = "none up to 4 x" if severity is None else f"{severity:.2f} x severe"
        return ("Severity that breaks a minimum", shown, "SRP30")
    name = f"CET1 ratio under the {row['scenario']} scenario of {row['reporting_date']}"
    return (name, percent(row["stressed_cet1_ratio"]), "SRP30")


def _number(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.4f}"
