"""Check of the supervisory files: the filled cells of the latest date, each once.

Belongs here: reading the packages back and comparing them with the warehouse's cells. Does not
belong here: writing them (see `finplatform.reporting.xbrl_csv`), and the supervisor's rules (see
`supervisory_checks`).
"""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandera.polars as pa
import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.orchestration.checks.validation_result import ValidationResult
from finplatform.reporting.xbrl_csv import INDICATORS, PARAMETERS, table_path
from finplatform.risk.supervisory.model_files import modules, tables
from finplatform.settings import Settings
from finplatform.warehouse import bulk

_LATEST = "select max(reporting_date) as reporting_date from gold.supervisory_cells"
_CELLS = """
    select template, table_code, sheet, datapoint, amount::double precision as amount
    from gold.supervisory_cells
    where reporting_date = '{date}' and amount is not null
"""
_HALF_A_DIGIT = 0.005
"""Amounts are filed to the cent."""


def check_templates(
    settings: Settings, connection: dbapi.Connection, result: ValidationResult
) -> str:
    """Adds the failures of the packages; returns their expected date.

    Args:
        settings: Location of reports.
        connection: Connection to the warehouse.
        result: Receives the failures.
    """
    latest = bulk.read_frame(connection, _LATEST).item()
    if latest is None:
        return "none"
    cells = bulk.read_frame(connection, _CELLS.format(date=latest))
    result.rows += cells.height
    for module, templates in modules().items():
        folder = settings.reports / "templates" / module.lower()
        held = cells.filter(pl.col("template").is_in(templates))
        _check_head(folder, held, latest, result)
        for table in tables().values():
            if table.template in templates:
                own = held.filter(table_code=table.code)
                _check_table(folder / table_path(table.code), table.key, own, result)
    return str(latest)


def fact_schema(key: str) -> pa.DataFrameSchema:
    """Schema of the lines of a table's file.

    Args:
        key: Property whose members are the sheets; empty for a table with one.
    """
    sheet = {key: pa.Column(pl.String, pa.Check.str_matches(r"^eba_\w+:\w+$"))} if key else {}
    fields = {
        "datapoint": pa.Column(pl.String, pa.Check.str_matches("^dp[0-9]+$")),
        **sheet,
        "factValue": pa.Column(pl.String, pa.Check.str_matches(r"^-?[0-9]+(\.[0-9]+)?$")),
    }
    place = ["datapoint", *sheet]
    return pa.DataFrameSchema(fields, strict=True, ordered=True, unique=place)


def _check_head(folder: Path, cells: pl.DataFrame, day: date, result: ValidationResult) -> None:
    """Checks the reference date and the filing indicators."""
    parameters = _pairs(folder / PARAMETERS, result)
    if parameters and parameters.get("refPeriod") != str(day):
        result.add("parameters.csv", f"is of {day}", 1)
    indicators = _pairs(folder / INDICATORS, result)
    filed = {template for template, reported in indicators.items() if reported == "true"}
    if indicators and filed != set(cells["template"].unique()):
        result.add("FilingIndicators.csv", "names the templates with a filled cell", 1)


def _check_table(path: Path, key: str, cells: pl.DataFrame, result: ValidationResult) -> None:
    """Checks the file of a table: absent without cells, else with the warehouse's cells."""
    if path.exists() != bool(cells.height):
        result.add(path.name, "exists" if cells.height else "has a filled cell", 1)
        return
    if cells.is_empty():
        return
    filed = pl.read_csv(path, infer_schema=False)
    before = result.reasons
    result.validate(filed, fact_schema(key))
    if result.reasons != before:
        return
    sheet = pl.col(key) if key else pl.lit("all")
    shown = filed.select("datapoint", sheet.alias("sheet"), pl.col("factValue").cast(pl.Float64))
    compared = cells.join(shown, on=("datapoint", "sheet"), how="full", coalesce=True)
    differs = (pl.col("amount") - pl.col("factValue")).abs() > _HALF_A_DIGIT
    for row in compared.filter(differs.fill_null(True)).iter_rows(named=True):
        result.add(path.name, "files what the warehouse holds", 1)
        result.show(path.name, "files what the warehouse holds", row["datapoint"])


def _pairs(path: Path, result: ValidationResult) -> Mapping[str, str]:
    if not path.exists():
        result.add(path.name, "exists", 1)
        return {}
    rows = csv.reader(path.read_text(encoding="utf-8").splitlines()[1:])
    return {row[0]: row[1] for row in rows if len(row) == len(("name", "value"))}
