"""Report packages hold what is filled, in the layout that the filing rules ask for."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from finplatform.reporting.xbrl_csv import (
    INDICATORS,
    PACKAGE,
    PARAMETERS,
    REPORT,
    Filing,
    packages,
    table_path,
)
from finplatform.risk.supervisory.evaluation import ACCURACY
from finplatform.risk.supervisory.model_files import modules

FILING = Filing(date(2026, 6, 30), "EUR", "529900T8BM49AURSDO55")


def cell(table: str, datapoint: str, amount: str | None, **others: str) -> dict[str, Any]:
    return {
        "template": table[:7],
        "table_code": table,
        "sheet": "all",
        "datapoint": datapoint,
        "kind": "m",
        "amount": None if amount is None else Decimal(amount),
        **others,
    }


CELLS = [
    cell("C_01.00", "dp33413", "100.000000"),
    cell("C_01.00", "dp84817", None),
    cell("C_07.00.a", "dp3293799", "20.250000", sheet="eba_qEC:qx01"),
    cell("C_07.00.a", "dp3293799", "5.000000", sheet="eba_qEC:qx16"),
    cell("C_08.01.a", "dp3294259", "0.012346", sheet="eba_qAE:qx01", kind="p"),
    cell("C_08.01.a", "dp3294260", "12.000000", sheet="eba_qAE:qx01", kind="i"),
    cell("C_47.00", "dp135741", None),
]


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, str]]:
    return packages(CELLS, FILING)


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_each_module_is_a_package_of_its_own_that_says_what_it_is(
    made: dict[str, dict[str, str]],
) -> None:
    assert list(made) == ["corep_lr", "corep_of"]
    for module, files in made.items():
        assert json.loads(files[PACKAGE])["documentInfo"]["documentType"] == (
            "https://xbrl.org/report-package/2023"
        )
        about = json.loads(files[REPORT])["documentInfo"]
        assert about["documentType"] == "https://xbrl.org/2021/xbrl-csv"
        assert about["extends"] == [
            f"http://www.eba.europa.eu/eu/fr/xbrl/crr/fws/corep/4.2/mod/{module}.json"
        ]


def test_a_table_has_a_line_for_each_filled_cell_and_its_sheet_beside_it(
    made: dict[str, dict[str, str]],
) -> None:
    files = made["corep_of"]
    assert _rows(files[table_path("C_01.00")]) == [
        ["datapoint", "factValue"],
        ["dp33413", "100.00"],
    ]
    assert _rows(files[table_path("C_07.00.a")]) == [
        ["datapoint", "qEBB", "factValue"],
        ["dp3293799", "eba_qEC:qx01", "20.25"],
        ["dp3293799", "eba_qEC:qx16", "5.00"],
    ]


def test_ratios_keep_six_digits_and_numbers_none(made: dict[str, dict[str, str]]) -> None:
    values = [row[-1] for row in _rows(made["corep_of"][table_path("C_08.01.a")])[1:]]
    assert values == ["0.012346", "12"]


def test_a_template_without_a_filled_cell_is_not_filed_and_has_no_file(
    made: dict[str, dict[str, str]],
) -> None:
    for module, files in made.items():
        said = dict(_rows(files[INDICATORS])[1:])
        assert list(said) == list(modules()[module.upper()])
        for template, reported in said.items():
            held = any(path.startswith(f"reports/{template.lower()}") for path in files)
            assert held == (reported == "true"), template
    assert table_path("C_47.00") not in made["corep_lr"]


def test_parameters_name_who_files_for_when_and_the_accuracy_that_rules_use(
    made: dict[str, dict[str, str]],
) -> None:
    said = dict(_rows(made["corep_of"][PARAMETERS]))
    assert said["entityID"] == "lei:529900T8BM49AURSDO55.CON"
    assert said["refPeriod"] == "2026-06-30"
    assert said["baseCurrency"] == "iso4217:EUR"
    half = {"m": "decimalsMonetary", "p": "decimalsPercentage"}
    for kind, name in half.items():
        assert ACCURACY[kind] == pytest.approx(0.5 * 10 ** -int(said[name]))
