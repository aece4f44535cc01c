"""`finplatform bench aml`: what monitoring found on the simulated bank, and finds on AMLSim.

Belongs here: reading alerts and truth, the printed tables. The comparison is
`finplatform.bench.laundering`.
"""

from pathlib import Path
from typing import Any

import polars as pl
import psycopg

from finplatform.bench.labels import LAUNDERING
from finplatform.bench.laundering import Judged, found_cases, judge_amlsim
from finplatform.cli.output import OUT, print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.database import open_warehouse

_NOTED = """
    select moved.alert_id, moved.transaction_id, alerts.typology
    from compliance.aml_alert_transactions as moved
    inner join compliance.aml_alerts as alerts on moved.alert_id = alerts.alert_id
"""
_SHARE = """
    select
        (select count(distinct customer_id) from compliance.aml_alerts) as alerted,
        (select count(*) from compliance.aml_alerts) as alerts,
        (select count(distinct customer_id) from silver.stg_customers) as customers
"""


def run(data: Path | None, *, as_json: bool) -> None:
    """Prints recall by typology and the share of customers alerted, and AMLSim's figures.

    Args:
        data: Folder that holds `aml_amlsim`; None leaves it out.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: If the bank is not a simulated one, or AMLSim is not there.
    """
    labels, noted, share = found_on_bank(get_settings())
    cases = found_cases(labels, noted)
    accounts = judge_amlsim(data) if data is not None else []
    if as_json:
        print_json({"typologies": cases.to_dicts(), **share, "amlsim": _plain(accounts)})
        return
    print_table(
        "Simulated bank: cases found",
        ("typology", "cases", "found", "recall"),
        [
            (row["typology"], row["cases"], row["found"], f"{row['recall']:.2f}")
            for row in cases.iter_rows(named=True)
        ],
        (1, 2, 3),
    )
    OUT.print(
        f"{share['alerts']} alerts on {share['alerted']} of {share['customers']} customers"
        f" ({share['alerted'] / share['customers']:.2%})."
    )
    if accounts:
        print_table(
            "AMLSim, 20K_fanin200: labelled accounts",
            ("named", "accounts", "labelled", "right", "recall", "precision"),
            [
                (a.who, a.named, a.labelled, a.right, f"{a.recall:.3f}", f"{a.precision:.3f}")
                for a in accounts
            ],
            (1, 2, 3, 4, 5),
        )


def found_on_bank(settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Any]]:
    """Labels of a simulated bank, transactions of its alerts, and how many customers have one.

    Args:
        settings: Name the database.

    Raises:
        FinplatformError: If the bank is not a simulated one, or was not monitored.
    """
    with open_warehouse(settings).connect() as connection:
        connection.read_only = True
        try:
            labels, noted, share = (_frame(connection, q) for q in (LAUNDERING, _NOTED, _SHARE))
        except psycopg.errors.UndefinedTable as error:
            raise FinplatformError(
                "This bank has no known laundering, or no alerts yet.",
                "Only a simulated one has: finplatform simulate, then finplatform demo.",
            ) from error
    return labels, noted, share.row(0, named=True)


def _frame(connection: psycopg.Connection, query: str) -> pl.DataFrame:
    cursor = connection.execute(query.encode())
    names = [column.name for column in cursor.description or ()]
    return pl.DataFrame(cursor.fetchall(), schema=names, orient="row")


def _plain(accounts: list[Judged]) -> list[dict[str, Any]]:
    return [{**vars(one), "recall": one.recall, "precision": one.precision} for one in accounts]
