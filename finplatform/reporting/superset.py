"""The Superset export: datasets of the BI views, metrics of the semantic layer, one dashboard.

A zip of YAML files as `superset import-dashboards` reads it. Names give the UUIDs, so that a later
import replaces what an earlier one made. Belongs here: the files. Does not belong here: what a
column or a metric means, which their contracts describe, and the password of the connection, which
Superset keeps itself.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml

from finplatform.contracts.contract import Contract, Form
from finplatform.contracts.metrics import Additivity, Metric

SCHEMA = "bi"
VERSION = "1.0.0"
DASHBOARD = "Bank"
_ROOT, _DATABASE = "finplatform", "finplatform"
_SPACE = uuid5(NAMESPACE_URL, "finplatform/superset")
_ZIP_DATE = (2025, 1, 1, 0, 0, 0)
"""Files carry one date, so that the same bank gives the same bytes."""

_COLUMNS_OF_GRID = 12
_HEIGHT = 50
_FORMATS = {"share": ".2%", "count": ",d", "customers": ",d"}
_MONEY = ",.2f"
_WARNINGS = {
    Additivity.DISTINCT: "Does not add up over days or members.",
    Additivity.LAST: "A balance: group by its date, or choose the latest one.",
    Additivity.RATE: "Does not add up, nor does its average.",
}

Files = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Chart:
    """One chart of the dashboard.

    Attributes:
        name: Title.
        kind: Superset's name of the type.
        view: View of `bi`.
        metrics: Metrics of the view.
        x_axis: Column of the horizontal axis.
        group: Column that makes the series.
        grain: Length of a period, as Superset writes it; None: no date on the axis.
        width: Columns of twelve.
    """

    name: str
    kind: str
    view: str
    metrics: tuple[str, ...]
    x_axis: str
    group: str | None = None
    grain: str | None = "P1M"
    width: int = 6


_LINE, _BAR, _NUMBER = "echarts_timeseries_line", "echarts_timeseries_bar", "big_number"
CHARTS = (
    Chart(
        "Active customers", _NUMBER, "transactions", ("active_customers",), "transaction_date",
        width=4,
    ),
    Chart(
        "Payment success rate", _NUMBER, "payments", ("payment_success_rate",), "payment_date",
        width=4,
    ),
    Chart("CET1 ratio", _NUMBER, "capital_ratios", ("cet1_ratio",), "reporting_date", width=4),
    Chart(
        "Transaction volume by channel", _BAR, "transactions", ("transaction_volume",),
        "transaction_date", "channel",
    ),
    Chart(
        "Failure and fraud rate", _LINE, "transactions", ("transaction_failure_rate", "fraud_rate"),
        "transaction_date",
    ),
    Chart(
        "Capital ratios", _LINE, "capital_ratios",
        ("cet1_ratio", "tier1_ratio", "total_capital_ratio"), "reporting_date",
    ),
    Chart(
        "Liquidity ratios", _LINE, "liquidity_ratios",
        ("liquidity_coverage_ratio", "stable_funding_ratio"), "reporting_date",
    ),
    Chart(
        "Allowance by stage", _BAR, "credit_losses", ("credit_allowance",), "reporting_date",
        "stage",
    ),
    Chart(
        "SLA breach rate by class", _BAR, "settlements", ("settlement_breach_rate",), "sla_class",
        grain=None,
    ),
)  # fmt: skip
"""Charts of the dashboard, in rows from left to right."""


def superset_zip(contracts: Iterable[Contract], metrics: Sequence[Metric], uri: str) -> bytes:
    """The export as a zip.

    Args:
        contracts: Contracts of the warehouse; views of `bi` become datasets.
        metrics: Metrics of the semantic layer.
        uri: SQLAlchemy URL of the warehouse without a password.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in superset_files(contracts, metrics, uri).items():
            text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
            archive.writestr(zipfile.ZipInfo(f"{_ROOT}/{path}", _ZIP_DATE), text)
    return buffer.getvalue()


def superset_files(contracts: Iterable[Contract], metrics: Sequence[Metric], uri: str) -> Files:
    """The files of the export by path; arguments as of `superset_zip`."""
    views = [c for c in contracts if c.schema_name == SCHEMA and c.form is Form.VIEW]
    by_view = {
        view.table: [m for m in metrics if m.view == f"{SCHEMA}.{view.table}"] for view in views
    }
    files: Files = {
        "metadata.yaml": {
            "version": VERSION, "type": "Dashboard", "timestamp": "2025-01-01T00:00:00+00:00",
        },
        f"databases/{_DATABASE}.yaml": _database(uri),
    }  # fmt: skip
    for view in views:
        files[f"datasets/{_DATABASE}/{view.table}.yaml"] = _dataset(view, by_view[view.table])
    for chart in CHARTS:
        units = [m.unit for m in by_view[chart.view] if m.name in chart.metrics]
        files[f"charts/{_slug(chart.name)}.yaml"] = _chart(chart, units)
    files[f"dashboards/{_slug(DASHBOARD)}.yaml"] = _dashboard()
    return files


def stable_uuid(kind: str, name: str) -> str:
    """UUID of an object, the same in every export."""
    return str(uuid5(_SPACE, f"{kind}/{name}"))


def _slug(name: str) -> str:
    return name.lower().replace(" ", "_")


def _database(uri: str) -> dict[str, Any]:
    return {
        "database_name": _DATABASE,
        "sqlalchemy_uri": uri,
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_file_upload": False,
        "extra": {"metadata_params": {}, "engine_params": {}},
        "uuid": stable_uuid("database", _DATABASE),
        "version": VERSION,
    }


def _dataset(view: Contract, metrics: Sequence[Metric]) -> dict[str, Any]:
    columns = view.sql_columns()
    dates = [name for name, sql_type, _ in columns if _is_time(sql_type)]
    return {
        "table_name": view.table,
        "schema": SCHEMA,
        "main_dttm_col": metrics[0].time_column if metrics else next(iter(dates), None),
        "description": f"{view.grain[:1].upper()}{view.grain[1:]}.",
        "sql": None,
        "filter_select_enabled": True,
        "uuid": stable_uuid("dataset", view.table),
        "metrics": [*map(_metric, metrics), _row_count()],
        "columns": [
            {
                "column_name": name,
                "is_dttm": _is_time(sql_type),
                "is_active": True,
                "type": sql_type.upper(),
                "groupby": True,
                "filterable": True,
                "description": view.fields[name].description,
            }
            for name, sql_type, _ in columns
        ],
        "version": VERSION,
        "database_uuid": stable_uuid("database", _DATABASE),
    }


def _is_time(sql_type: str) -> bool:
    return sql_type.startswith(("date", "timestamp"))


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "metric_name": metric.name,
        "verbose_name": metric.label,
        "metric_type": None,
        "expression": metric.expression,
        "description": metric.description,
        "d3format": _FORMATS.get(metric.unit, _MONEY),
        "warning_text": _WARNINGS.get(metric.additivity),
    }


def _row_count() -> dict[str, Any]:
    return {
        "metric_name": "row_count",
        "verbose_name": "Rows",
        "metric_type": "count",
        "expression": "count(*)",
        "description": "Rows of the view.",
        "d3format": ",d",
        "warning_text": None,
    }


def _chart(chart: Chart, units: Sequence[str]) -> dict[str, Any]:
    params: dict[str, Any] = {
        "viz_type": chart.kind,
        "x_axis": chart.x_axis,
        "adhoc_filters": [],
        "row_limit": 10_000,
        "y_axis_format": _FORMATS.get(units[0], "SMART_NUMBER"),
        "extra_form_data": {},
    }
    if chart.grain:
        params["time_grain_sqla"] = chart.grain
    if chart.kind == _NUMBER:
        params |= {"metric": chart.metrics[0], "show_trend_line": True}
    else:
        params |= {
            "metrics": list(chart.metrics),
            "groupby": [chart.group] if chart.group else [],
            "show_legend": True,
            "rich_tooltip": True,
            "truncateYAxis": False,
        }
    if chart.kind == _BAR and chart.group:
        params["stack"] = "Stack"
    return {
        "slice_name": chart.name,
        "description": None,
        "viz_type": chart.kind,
        "params": params,
        "cache_timeout": None,
        "uuid": stable_uuid("chart", chart.name),
        "version": VERSION,
        "dataset_uuid": stable_uuid("dataset", chart.view),
    }


def _dashboard() -> dict[str, Any]:
    rows = _rows(CHARTS)
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": DASHBOARD}},
        "GRID_ID": {
            "id": "GRID_ID",
            "type": "GRID",
            "children": [f"ROW-{number}" for number in range(len(rows))],
            "parents": ["ROOT_ID"],
        },
    }
    for number, charts in enumerate(rows):
        row = f"ROW-{number}"
        position[row] = {
            "id": row,
            "type": "ROW",
            "children": [f"CHART-{_slug(chart.name)}" for chart in charts],
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        position |= {f"CHART-{_slug(chart.name)}": _placed(chart, row) for chart in charts}
    return {
        "dashboard_title": DASHBOARD,
        "description": "Customers, payments, capital and liquidity of the bank.",
        "css": "",
        "slug": "finplatform",
        "uuid": stable_uuid("dashboard", DASHBOARD),
        "position": position,
        "metadata": {"color_scheme": "supersetColors"},
        "version": VERSION,
    }


def _placed(chart: Chart, row: str) -> Mapping[str, Any]:
    name = f"CHART-{_slug(chart.name)}"
    return {
        "id": name,
        "type": "CHART",
        "children": [],
        "parents": ["ROOT_ID", "GRID_ID", row],
        "meta": {
            # An importing Superset gives charts numbers of its own, and wants one to replace.
            "chartId": CHARTS.index(chart) + 1,
            "uuid": stable_uuid("chart", chart.name),
            "sliceName": chart.name,
            "width": chart.width,
            "height": _HEIGHT,
        },
    }


def _rows(charts: Iterable[Chart]) -> list[list[Chart]]:
    """Charts in rows of twelve columns."""
    rows: list[list[Chart]] = [[]]
    for chart in charts:
        if sum(placed.width for placed in rows[-1]) + chart.width > _COLUMNS_OF_GRID:
            rows.append([])
        rows[-1].append(chart)
    return rows
