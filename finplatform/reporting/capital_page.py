"""The capital adequacy page.

Belongs here: choosing and formatting what the page shows. The figures come from
gold tables as they are; those beside the ratios are chosen in `capital_figures`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from markupsafe import Markup

from finplatform.reporting import charts
from finplatform.reporting.capital_figures import buffer_lines, money, percent, report_lines
from finplatform.reporting.pages import render
from finplatform.reporting.report_page import house

_MINIMA = {"cet1": "4.5 %", "tier1": "6.0 %", "total": "8.0 %"}
_NAMES = {"cet1": "CET1", "tier1": "Tier 1", "total": "Total capital"}


def capital_page(
    bank: str,
    adequacy: pl.DataFrame,
    classes: pl.DataFrame,
    reports: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> str:
    """HTML of the page.

    Args:
        bank: Name of the bank.
        adequacy: All rows of `gold.capital_adequacy`, in order of date.
        classes: Latest date per exposure class: exposure_class, exposures, exposure_amount,
            sa_risk_weighted_assets, irb_risk_weighted_assets, expected_loss.
        reports: Rows of the other reports of the latest date, by table.
    """
    if adequacy.is_empty():
        return render(
            "empty.html.j2",
            {**house("capital_adequacy"), "bank": bank, "title": "Capital adequacy"},
        )
    latest = adequacy.row(-1, named=True)
    return render(
        "capital_adequacy.html.j2",
        {
            **house("capital_adequacy"),
            "bank": bank,
            "title": "Capital adequacy",
            "date": latest["reporting_date"],
            "currency": latest["currency"],
            "ratios": [_ratio(name, latest) for name in _NAMES],
            "figures": _figures(latest),
            "buffers": buffer_lines(latest),
            "others": report_lines(reports or {}),
            "classes": [_class_row(row) for row in classes.iter_rows(named=True)],
            "rules": str(latest["rules"]).split(";"),
            # The fragments and the library are Plotly's own output, not text of the data.
            "plotly": Markup(charts.plotly_library()),  # noqa: S704
            "ratio_chart": Markup(_ratio_chart(adequacy)),  # noqa: S704
            "rwa_chart": Markup(_rwa_chart(classes)),  # noqa: S704
        },
    )


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
        ("Credit RWA", money(latest["credit_risk_weighted_assets"]), "CRE20.1"),
        ("Market RWA", money(latest["market_risk_weighted_assets"]), "MAR40.1"),
        ("Operational RWA", money(latest["operational_risk_weighted_assets"]), "OPE25.2"),
        ("Credit RWA of loans, IRB", money(latest["irb_risk_weighted_assets"]), "CRE31"),
        ("Credit RWA of loans, standardised", money(latest["sa_risk_weighted_assets"]), "CRE20"),
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
