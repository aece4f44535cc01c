"""What the supervisory templates must hold: the totals of the latest date, in cells that add up.

Belongs here: which cell of a template is which sum of gold. Does not belong here: making the
templates (see `finplatform.reporting.corep`).
"""

from datetime import date
from pathlib import Path

import pandera.polars as pa
import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.orchestration.checks.shown_figures import judge_figures
from finplatform.orchestration.checks.verdict import Verdict
from finplatform.settings import Settings
from finplatform.warehouse import bulk

_LATEST = "select max(reporting_date) as reporting_date from gold.capital_adequacy"
_TOTALS = """
    select 'own_funds' as template, '0010' as cell_row, '0010' as cell_column,
        sum(counted_amount)::double precision as amount
    from gold.own_funds where reporting_date = '{date}' having count(*) > 0
    union all
    select 'credit_sa', '0010', '0200', coalesce(sum(sa_exposure_amount), 0)::double precision
    from gold.rwa_by_class where reporting_date = '{date}' and risk_type = 'credit'
    union all
    select 'credit_sa', '0010', '0220', coalesce(sum(sa_risk_weighted_assets), 0)::double precision
    from gold.rwa_by_class where reporting_date = '{date}' and risk_type = 'credit'
    union all
    select 'credit_irb', '0010', '0260', coalesce(sum(risk_weighted_assets), 0)::double precision
    from gold.rwa_by_class
    where reporting_date = '{date}' and risk_type = 'credit' and approach = 'IRB'
    union all
    select 'credit_irb', '0010', '0280', coalesce(sum(expected_loss), 0)::double precision
    from gold.rwa_by_class
    where reporting_date = '{date}' and risk_type = 'credit' and approach = 'IRB'
    union all
    select 'operational', 'x070', '0010', risk_weighted_assets::double precision
    from gold.operational_risk where reporting_date = '{date}'
    union all
    select 'leverage', 'x290', '0010', exposure_measure::double precision
    from gold.leverage where reporting_date = '{date}'
"""


def judge_templates(settings: Settings, connection: dbapi.Connection, verdict: Verdict) -> str:
    """Adds what is wrong with the templates; returns the date that they must be as of.

    Args:
        settings: Say where reports are.
        connection: Connection to the warehouse.
        verdict: What is added to.
    """
    latest = bulk.read_frame(connection, _LATEST).item()
    if latest is None:
        return "none"
    totals = bulk.read_frame(connection, _TOTALS.format(date=latest))
    shown, stored = {}, {}
    for (name,), cells in totals.group_by("template", maintain_order=True):
        path = settings.reports / "templates" / f"{name}.csv"
        template = _template(path, latest, verdict)
        for _, row, column, amount in cells.iter_rows():
            figure = f"{name} r{row} c{column}"
            stored[figure] = amount
            cell = template.filter(sheet="total", row=row, column=column)
            shown[figure] = cell["amount"].item() if cell.height == 1 else ""
    judge_figures(shown, stored, verdict)
    return str(latest)


def template_schema(day: date) -> pa.DataFrameSchema:
    """What the rows of a template must keep.

    Args:
        day: Date that the template is of.
    """
    place = ["sheet", "row", "column"]
    fields = {
        "template": pa.Column(pl.String, pa.Check.str_matches(r"^[A-Z]+ ?[0-9.]+$")),
        "date": pa.Column(pl.String, pa.Check.eq(str(day))),
        "currency": pa.Column(pl.String, pa.Check.str_matches("^[A-Z]{3}$")),
        "sheet": pa.Column(pl.String, pa.Check.str_matches("^[a-z_]+$")),
        "row": pa.Column(pl.String, pa.Check.str_matches("^(x[0-9]{3}|[0-9]{4})$")),
        "column": pa.Column(pl.String, pa.Check.str_matches("^[0-9]{4}$")),
        "label": pa.Column(pl.String, pa.Check.str_length(min_value=3)),
        "amount": pa.Column(pl.String, pa.Check.str_matches(r"^-?[0-9]+(\.[0-9]+)?$")),
    }
    return pa.DataFrameSchema(fields, strict=True, ordered=True, unique=place)


def _template(path: Path, day: date, verdict: Verdict) -> pl.DataFrame:
    """A template's cells as text, after the file's own rules were checked."""
    schema = template_schema(day)
    if not path.exists():
        verdict.add(path.name, "exists", 1)
        return pl.DataFrame(schema=dict.fromkeys(schema.columns, pl.String))
    cells = pl.read_csv(path, infer_schema=False)
    verdict.validate(cells, schema)
    return cells
