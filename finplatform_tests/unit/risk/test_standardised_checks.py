"""What the standardised book refuses, by name."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_checks import InvalidExposuresError
from finplatform.risk.standardised_book import measure_standardised

ROW: dict[str, Any] = {
    "exposure_id": "1", "counterparty_id": "a", "exposure_class": "bank", "drawn_amount": 1.0,
    "undrawn_amount": 0.0, "specific_provision": 0.0, "is_defaulted": False,
}  # fmt: skip


def measured(**facts: Any) -> pl.DataFrame:
    frame = pl.DataFrame([ROW | facts], infer_schema_length=None)
    protection = pl.DataFrame(
        schema={
            "protection_id": pl.String,
            "exposure_id": pl.String,
            "protection_kind": pl.String,
            "amount": pl.Float64,
        }
    )
    return measure_standardised(frame, protection, date(2026, 6, 30)).exposures


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"exposure_class": "yacht"}, r"exposure_class is unknown \(1\)"),
        ({"exposure_class": None}, "exposure_class is missing"),
        ({"drawn_amount": -1.0}, "drawn_amount is negative"),
        ({"undrawn_amount": None}, "undrawn_amount is missing"),
        ({"specific_provision": 1.01}, "specific_provision is larger than the exposure"),
        ({"rating": "AAAA"}, "rating is unknown"),
        ({"bank_grade": "z"}, "bank_grade is unknown"),
        ({"off_balance_kind": "promise"}, "off_balance_kind is unknown"),
        ({"ltv": -0.1}, "ltv is negative"),
        ({"slotting_category": "good"}, "slotting_category is given to a class without slotting"),
        (
            {"exposure_class": "specialised_lending", "slotting_category": "default"},
            "slotting_category contradicts the default",
        ),
    ],
)
def test_a_row_that_cannot_be_weighed_is_named(facts: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidExposuresError, match=problem):
        measured(**facts)


def test_a_provision_of_the_whole_exposure_leaves_nothing() -> None:
    assert measured(specific_provision=1.0)["sa_ead"].item() == 0


def test_a_missing_column_is_named() -> None:
    with pytest.raises(RiskInputError, match="lacks: counterparty_id"):
        measure_standardised(
            pl.DataFrame([ROW]).drop("counterparty_id"), pl.DataFrame(), date(2026, 6, 30)
        )
    with pytest.raises(RiskInputError, match="wrong type"):
        measured(drawn_amount="much")


def test_facts_that_are_missing_lead_to_the_dearer_treatment() -> None:
    assert measured()["debtor_weight"].item() == 1.5
    project = measured(exposure_class="specialised_lending")
    assert project["debtor_weight"].item() == 1.3
    assert measured(undrawn_amount=10.0)["gross_amount"].item() == 11.0
