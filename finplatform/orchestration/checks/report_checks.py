"""The factory of report checks: each report is complete, current, and agrees with gold.

A check reads back the files of the report's asset and compares their figures with the gold tables
by Pandera. Belongs here: the reports and their checks. Does not belong here: the expected content
(see `model_card_check` and `template_check`), and pages of the catalogue (see
`report_page_checks`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dagster as dg
from adbc_driver_postgresql import dbapi

from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks.model_card_check import check_model_card
from finplatform.orchestration.checks.start_page_check import check_start_page
from finplatform.orchestration.checks.template_check import check_templates
from finplatform.orchestration.checks.validation_result import ValidationResult, asset_check_result
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.settings import Settings
from finplatform.warehouse import bulk

CHECK_NAME = "report"


@dataclass(frozen=True)
class CheckedReport:
    """A report of the graph.

    Attributes:
        check: Adds failures to a result, and returns the expected version or date.
        description: Description of the check.
    """

    check: Callable[[Settings, dbapi.Connection, ValidationResult], str]
    description: str


REPORTS: Mapping[str, CheckedReport] = {
    "index": CheckedReport(
        check_start_page,
        "The start page is complete and links every existing report by its title.",
    ),
    "model_card": CheckedReport(
        check_model_card,
        "The card is complete, of the model in use, and its headline figures, candidates, grades"
        " and latest month equal those of the tables.",
    ),
    "supervisory_templates": CheckedReport(
        check_templates,
        "The packages are of the latest date, list their templates, and hold each filled cell of"
        " the warehouse once, with its amount.",
    ),
}
"""Reports of the graph by asset."""


def build_report_checks() -> list[dg.AssetChecksDefinition]:
    """One blocking check per report."""
    return [_check(name) for name in REPORTS]


def report_check_result(name: str, settings: Settings, url: str) -> dg.AssetCheckResult:
    """Checks a report.

    Args:
        name: Asset of the report.
        settings: Location of reports and models.
        url: libpq URL of the warehouse.
    """
    result, as_of = ValidationResult(), ""
    try:
        with bulk.connect(url) as connection:
            as_of = REPORTS[name].check(settings, connection, result)
    except Exception as error:  # noqa: BLE001 - an incomplete check has not passed
        result.stop(error)
    passed = f"The report is complete, and {result.rows} figures equal those of the tables."
    shown = {"as_of": as_of, "figures_checked": result.rows}
    return asset_check_result(result, key("reports", name), CHECK_NAME, passed, shown)


def _check(name: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key("reports", name),
        name=CHECK_NAME,
        blocking=True,
        description=REPORTS[name].description,
    )
    def check(warehouse: WarehouseResource) -> dg.AssetCheckResult:
        return report_check_result(name, warehouse.settings, warehouse.url)

    return check
