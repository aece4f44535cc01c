"""Checks of the supervisory templates across tables: totals, complete cells, validation rules.

Does not belong here: the factory of checks (see `reconciliation`), and rules of single columns (the
contracts).
"""

from finplatform.orchestration.checks.reconciliation import Reconciliation

_CELL = """
    select reporting_date, amount
    from gold.supervisory_cells
    where {{window}} and table_code = '{table}' and row_code = '{row}' and column_code = '{column}'
        and sheet in ('all', 'eba_qEC:qx01', 'eba_qAE:qx01')
"""


def _same_total(what: str, cell: tuple[str, str, str], total: str) -> str:
    """Compares a cell with a total of gold, on the dates that have both.

    Args:
        what: Name of the comparison.
        cell: Table, row and column.
        total: Query of reporting_date and total.
    """
    table, row, column = cell
    found = _CELL.format(table=table, row=row, column=column)
    return f"""
        select '{what}' as what, sum(cells.amount), sum(totals.total)
        from ({found}) as cells
        inner join ({total}) as totals using (reporting_date)
        where cells.amount is not null
    """


_TOTALS = " union all ".join(
    (
        _same_total(
            "own funds",
            ("C_01.00", "0010", "0010"),
            "select reporting_date, sum(counted_amount) as total from gold.own_funds"
            " where {window} group by reporting_date",
        ),
        _same_total(
            "risk exposure",
            ("C_02.00.a", "0010", "0010"),
            "select reporting_date, risk_weighted_assets as total from gold.output_floor"
            " where {window}",
        ),
        _same_total(
            "credit risk",
            ("C_02.00.a", "0040", "0010"),
            "select reporting_date, sum(risk_weighted_assets) as total from gold.rwa_by_class"
            " where {window} and risk_type = 'credit' group by reporting_date",
        ),
        _same_total(
            "expected loss",
            ("C_08.01.a", "0010", "0280"),
            "select reporting_date, sum(expected_loss) as total from gold.rwa_by_class"
            " where {window} and risk_type = 'credit' and approach = 'IRB'"
            " group by reporting_date",
        ),
        _same_total(
            "leverage exposure",
            ("C_47.00", "0290", "0010"),
            "select reporting_date, exposure_measure as total from gold.leverage where {window}",
        ),
    )
)

SUPERVISORY_CHECKS: tuple[Reconciliation, ...] = (
    Reconciliation(
        "gold",
        "supervisory_cells",
        "templates_equal_reports",
        "Totals of the templates equal those of the capital reports, and every cell has either a"
        " figure with its source or a reason.",
        _TOTALS
        + """
        union all
        select 'cells with neither figure nor reason', count(*), 0
        from gold.supervisory_cells
        where {window} and (amount is null) = (gap_reason is null)
        union all
        select 'figures without source', count(*), 0
        from gold.supervisory_cells
        where {window} and (amount is null) <> (source is null)
        """,
        "reporting_date",
    ),
    Reconciliation(
        "gold",
        "supervisory_rules",
        "no_rule_fails",
        "No published validation rule of severity error fails, and some rules pass on filled"
        " cells; failed warnings are listed.",
        """
        select 'errors' as what,
            count(*) filter (where outcome = 'failed' and severity = 'error'), 0
        from gold.supervisory_rules where {window}
        union all
        select 'failing ' || rule_id || ' (' || max(detail) || ')',
            count(*), case when severity = 'error' then 0 else count(*) end
        from gold.supervisory_rules where {window} and outcome = 'failed'
        group by rule_id, severity
        union all
        select 'dates on which no rule passes', count(*), 0
        from (
            select reporting_date from gold.supervisory_rules where {window}
            group by reporting_date
            having count(*) filter (where outcome = 'passed') = 0
        ) as dates
        """,
        "reporting_date",
    ),
)
"""Checks of the supervisory templates."""
