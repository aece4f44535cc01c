"""Properties of the checks on a table of exposures."""

from typing import Any

import polars as pl
import pytest

from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_checks import (
    OPTIONAL_COLUMNS,
    REQUIRED_COLUMNS,
    InvalidExposuresError,
    typed,
    validate,
    violations,
)

NAN = float("nan")
SOUND: dict[str, Any] = {
    "exposure_id": "L1",
    "exposure_class": "other_retail",
    "product_type": "PERSONAL_LOAN",
    "drawn": 1_000.0,
    "undrawn": 200.0,
    "pd": 0.02,
    "lgd": 0.45,
    "ltv": None,
    "is_defaulted": False,
    "specific_provision": 0.0,
    "turnover_eur_m": None,
    "maturity": 2.0,
    "is_transactor": False,
}


def table(*changes: dict[str, Any]) -> pl.DataFrame:
    rows = [SOUND | {"exposure_id": f"L{number}"} | row for number, row in enumerate(changes)]
    dtypes = {**REQUIRED_COLUMNS, **{name: dtype for name, (dtype, _) in OPTIONAL_COLUMNS.items()}}
    schema = {name: dtypes[name] for row in rows for name in row}
    return pl.DataFrame(rows, schema=schema)


@pytest.mark.parametrize(
    ("change", "column", "problem"),
    [
        ({"exposure_id": None}, "exposure_id", "is missing"),
        ({"exposure_id": "L0"}, "exposure_id", "is not unique"),
        ({"exposure_class": None}, "exposure_class", "is missing"),
        ({"exposure_class": "retail"}, "exposure_class", "is unknown"),
        ({"is_defaulted": None}, "is_defaulted", "is missing"),
        ({"drawn": None}, "drawn", "is missing"),
        ({"drawn": -0.01}, "drawn", "is negative"),
        ({"drawn": NAN}, "drawn", "is not finite"),
        ({"drawn": 1e17}, "drawn", "is too large"),
        ({"undrawn": None}, "undrawn", "is missing"),
        ({"undrawn": -1.0}, "undrawn", "is negative"),
        ({"pd": None}, "pd", "is missing"),
        ({"pd": NAN}, "pd", "is missing"),
        ({"pd": 1.01}, "pd", "is outside 0 to 1"),
        ({"pd": -0.01}, "pd", "is outside 0 to 1"),
        ({"pd": 1.0}, "pd", "is 1 though not in default"),
        ({"lgd": None}, "lgd", "is missing"),
        ({"lgd": NAN}, "lgd", "is missing"),
        ({"lgd": NAN, "exposure_class": "corporate"}, "lgd", "is not a number"),
        ({"lgd": 45.0}, "lgd", "is no fraction"),
        ({"best_estimate_el": -0.1}, "best_estimate_el", "is no fraction"),
        ({"best_estimate_el": NAN}, "best_estimate_el", "is not a number"),
        ({"ltv": -0.1}, "ltv", "is negative"),
        ({"ltv": NAN}, "ltv", "is not finite"),
        ({"turnover_eur_m": -1.0}, "turnover_eur_m", "is negative"),
        ({"specific_provision": -1.0}, "specific_provision", "is negative"),
        ({"specific_provision": 1_200.01}, "specific_provision", "is larger than the loan"),
        ({"own_conversion_factor": -0.1}, "own_conversion_factor", "is negative"),
        ({"undrawn": NAN}, "undrawn", "is not finite"),
        ({"own_conversion_factor": NAN}, "own_conversion_factor", "is not finite"),
        ({"specific_provision": NAN}, "specific_provision", "is not finite"),
        ({"pd": float("inf")}, "pd", "is outside 0 to 1"),
        ({"maturity": NAN}, "maturity", "is not finite"),
    ],
)
def test_a_row_that_cannot_be_measured_is_named_with_its_reason(
    change: dict[str, Any], column: str, problem: str
) -> None:
    exposures = table({}, change)
    found = violations(exposures)
    assert (column, problem) in set(found.select("column", "problem").iter_rows())
    expected = exposures["exposure_id"][1]
    assert set(found["exposure_id"]) == {expected}
    with pytest.raises(InvalidExposuresError, match=f"{column} {problem} .*{expected}"):
        validate(exposures)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"pd": None, "is_defaulted": True},
        {"pd": 1.0, "is_defaulted": True},
        {"pd": 0.0},
        {"lgd": None, "exposure_class": "corporate"},
        {"specific_provision": 1_200.0},
        {"specific_provision": None, "maturity": None, "product_type": None, "is_transactor": None},
        {"drawn": 0.0, "undrawn": 0.0},
    ],
)
def test_what_the_rules_can_weigh_passes(change: dict[str, Any]) -> None:
    validate(table(change))


def test_all_offending_rows_are_listed() -> None:
    exposures = table(*[{"drawn": -1.0}] * 30, {"pd": 2.0}, {})
    with pytest.raises(InvalidExposuresError, match=r"31 of 32 .* and 10 more.*L30") as caught:
        validate(exposures)
    assert caught.value.violations["exposure_id"].to_list() == [f"L{n}" for n in range(31)]


def test_a_missing_column_and_a_wrong_type_are_named() -> None:
    with pytest.raises(RiskInputError, match="lacks: drawn, ltv"):
        validate(table({}).drop("drawn", "ltv"))
    with pytest.raises(RiskInputError, match="wrong type"):
        validate(table({}).with_columns(drawn=pl.lit("much")))


def test_optional_columns_are_assumed_where_absent_or_null() -> None:
    absent = typed(table({}))
    nothing = typed(table(dict.fromkeys(OPTIONAL_COLUMNS)))
    assert absent.equals(nothing)
    assert absent["is_regulatory_retail"].item() is True
    assert absent["best_estimate_el"].item() is None
