"""The capital adequacy page.

Belongs here: choosing and formatting what the page shows. The figures come from
`gold.capital_adequacy` and `gold.fact_risk_metrics` as they are.
"""

from decimal import Decimal
from typing import Any

import polars as pl
from markupsafe import Markup

from finplatform.reporting import charts
from finplatform.reporting.pages import render

_MINIMA = {"cet1": "4.5 %", "tier1": "6.0 %", "total": "8.0 %"}
_NAMES = {"cet1": "CET1", "tier1": "Tier 1", "total": "Total capital"}


def capital_page(bank: str, adequacy: pl.DataFrame, classes: pl.DataFrame) -> str:
    """HTML of the page.

    Args:
        bank: Name of the bank.
        adequacy: All rows of `gold.capital_adequacy`, in order of date.
        classes: Latest date per exposure class: exposure_class, exposures, exposure_amount,
            sa_risk_weighted_assets, irb_risk_weighted_assets, expected_loss.
    """
    if adequacy.is_empty():
        return render("empty.html.j2", {"bank": bank, "title": "Capital adequacy"})
    latest = adequacy.row(-1, named=True)
    return render(
        "capital_adequacy.html.j2",
        {
            "bank": bank,
            "title": "Capital adequacy",
            "date": latest["reporting_date"],
            "currency": latest["currency"],
            "ratios": [_ratio(name, latest) for name in _NAMES],
            "figures": _figures(latest),
            "classes": [_class_row(row) for row in classes.iter_rows(named=True)],
            "rules": str(latest["rules"]).split(";"),
            # The fragments and the library are Plotly's own output, not text of the data.
            "plotly": Markup(charts.plotly_library()),  # noqa: S704
            "ratio_chart": Markup(_ratio_chart(adequacy)),  # noqa: S704
            "rwa_chart": Markup(_rwa_chart(classes)),  # noqa: S704
        },
    )


def money(amount: Decimal | None) -> str:
    """An amount with thousands separators; a dash where there is none."""
    return "\N{EN DASH}" if amount is None else f"{amount:,.2f}"


def percent(fraction: Decimal | None) -> str:
    """A fraction as per cent with two decimals; a dash where there is none."""
    return "\N{EN DASH}" if fraction is None else f"{fraction * 100:.2f} %"


def _ratio(name: str, latest: dict[str, Any]) -> dict[str, Any]:
    surplus = latest[f"{name}_surplus"]
    return {
        "name": _NAMES[name],
        "ratio": percent(latest[f"{name}_ratio"]),
        "minimum": _MINIMA[name],
        "capital": money(latest[f"{name}_capital"]),
        "surplus": money(surplus),
        "is_met": surplus is not None and surplus >= 0,
        "is_known": surplus is not None,
    }


def _figures(latest: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        ("Risk-weighted assets", money(latest["risk_weighted_assets"]), "RBC20.4"),
        ("Credit RWA, IRB", money(latest["irb_risk_weighted_assets"]), "CRE31"),
        ("Credit RWA, standardised", money(latest["sa_risk_weighted_assets"]), "CRE20"),
        (
            f"Output floor at {percent(latest['output_floor_rate'])}"
            + (", binding" if latest["is_floor_binding"] else ", not binding"),
            money(latest["output_floor_amount"]),
            "RBC90.1",
        ),
        ("Exposure at default", money(latest["exposure_amount"]), "CRE32"),
        ("Expected loss", money(latest["expected_loss"]), "CRE35"),
        ("In default", money(latest["defaulted_amount"]), "CRE20.104"),
    ]


def _class_row(row: dict[str, Any]) -> dict[str, Any]:
    exposure = row["exposure_amount"]
    density = row["irb_risk_weighted_assets"] / exposure if exposure else None
    return {
        "name": str(row["exposure_class"]).replace("_", " "),
        "exposures": f"{row['exposures']:,}",
        "exposure": money(exposure),
        "sa": money(row["sa_risk_weighted_assets"]),
        "irb": money(row["irb_risk_weighted_assets"]),
        "density": percent(density),
        "loss": money(row["expected_loss"]),
    }


def _ratio_chart(adequacy: pl.DataFrame) -> str:
    return charts.line_chart(
        adequacy,
        "reporting_date",
        [(f"{name}_ratio", label) for name, label in _NAMES.items()],
        y_title="share of RWA",
        percent=True,
    )


def _rwa_chart(classes: pl.DataFrame) -> str:
    labelled = classes.with_columns(pl.col("exposure_class").str.replace_all("_", " "))
    return charts.bar_chart(
        labelled,
        "exposure_class",
        [
            ("sa_risk_weighted_assets", "standardised"),
            ("irb_risk_weighted_assets", "IRB"),
        ],
        y_title="RWA",
    )
