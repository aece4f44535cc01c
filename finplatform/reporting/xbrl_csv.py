"""Supervisory templates as files: report packages in the xBRL-CSV layout of the EBA's filing rules.

A module of the data point model is filed as one package: what it is (`META-INF/reportPackage.json`,
`reports/report.json`), its parameters, which templates are filed, and one file for each table with
a line for each filled cell. Belongs here: names and layout of the files. Does not belong here: what
stands in the cells (`finplatform.risk.supervisory`).
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from finplatform.risk.supervisory.model_files import RELEASE, modules, tables

DECIMALS: Final[Mapping[str, str]] = {
    "decimalsInteger": "0",
    "decimalsMonetary": "0",
    "decimalsPercentage": "4",
}
"""Accuracy of each kind of value, as `finplatform.risk.supervisory.evaluation.ACCURACY` has it."""

UNIDENTIFIED: Final = "DUMMYLEI123456789012"
"""Stands for the legal entity identifier of a bank whose configuration names none."""

PARAMETERS, INDICATORS = "reports/parameters.csv", "reports/FilingIndicators.csv"
REPORT, PACKAGE = "reports/report.json", "META-INF/reportPackage.json"
_DIGITS: Final[Mapping[str, Decimal]] = {
    "m": Decimal("0.01"),
    "p": Decimal("0.000001"),
    "i": Decimal(1),
}
_ENTRY_POINT: Final = (
    "http://www.eba.europa.eu/eu/fr/xbrl/crr/fws/corep/{release}/mod/{module}.json"
)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Filing:
    """Who files for when.

    Attributes:
        day: Reference date.
        currency: Currency of the amounts.
        entity: Legal entity identifier; empty where it is not known.
    """

    day: date
    currency: str
    entity: str = ""


def packages(cells: Sequence[Row], filing: Filing) -> dict[str, dict[str, str]]:
    """Files of each module's package, as text by path.

    Args:
        cells: Rows of `gold.supervisory_cells` of the reference date.
        filing: Who files for when.

    Returns:
        By module in lower case: path within the package, and content. A table without a filled cell
        has no file, and a template without such a table is not filed.
    """
    filled = [row for row in cells if row["amount"] is not None]
    found = {}
    for module, templates in modules().items():
        own = [row for row in filled if row["template"] in templates]
        found[module.lower()] = {
            PACKAGE: _json({"documentType": "https://xbrl.org/report-package/2023"}),
            REPORT: _report(module),
            PARAMETERS: _parameters(filing),
            INDICATORS: _indicators(templates, {row["template"] for row in own}),
            **_tables(own),
        }
    return found


def table_path(table: str) -> str:
    """Path of a table's file within its package.

    Args:
        table: Code of the table, such as `C_07.00.a`.
    """
    return f"reports/{table.lower()}.csv"


def _tables(cells: Iterable[Row]) -> dict[str, str]:
    lines: dict[str, list[tuple[str, ...]]] = {}
    for row in cells:
        sheet = (row["sheet"],) if tables()[row["table_code"]].key else ()
        value = row["amount"].quantize(_DIGITS[row["kind"]])
        lines.setdefault(row["table_code"], []).append((row["datapoint"], *sheet, str(value)))
    return {
        table_path(code): _csv(("datapoint", *_keys(code), "factValue"), rows)
        for code, rows in lines.items()
    }


def _keys(table: str) -> tuple[str, ...]:
    key = tables()[table].key
    return (key,) if key else ()


def _report(module: str) -> str:
    entry_point = _ENTRY_POINT.format(release=RELEASE, module=module.lower())
    return _json({"documentType": "https://xbrl.org/2021/xbrl-csv", "extends": [entry_point]})


def _parameters(filing: Filing) -> str:
    return _csv(
        ("name", "value"),
        [
            ("entityID", f"lei:{filing.entity or UNIDENTIFIED}.CON"),
            ("refPeriod", str(filing.day)),
            ("baseCurrency", f"iso4217:{filing.currency}"),
            *DECIMALS.items(),
        ],
    )


def _indicators(templates: Iterable[str], filed: set[str]) -> str:
    return _csv(
        ("templateID", "reported"),
        [(template, str(template in filed).lower()) for template in templates],
    )


def _json(about: Mapping[str, Any]) -> str:
    return json.dumps({"documentInfo": about}, indent=2) + "\n"


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return target.getvalue()
