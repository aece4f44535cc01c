"""How exposures are cut into what protection covers."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from finplatform.risk.errors import RiskInputError
from finplatform.risk.protection import COLLATERAL, PROTECTION_KINDS, cut

AS_OF = date(2026, 6, 30)


def exposures(**facts: Any) -> pl.DataFrame:
    row = {"exposure_id": "1", "amount": 100.0, "risk_weight": 1.0, "rule": "r", "years": 3.0}
    return pl.DataFrame([row | facts], schema_overrides={"years": pl.Float64})


def parts(*held: dict[str, Any], is_simple: bool = False, **facts: Any) -> list[tuple[Any, ...]]:
    """Kind, amount and weight of each part."""
    rows = [
        {"protection_id": f"p{number}", "exposure_id": "1", "provider_class": "bank"}
        | {"provider_rating": "AA"}
        | one
        for number, one in enumerate(held)
    ]
    frame = pl.DataFrame(rows, schema_overrides={"amount": pl.Float64}, infer_schema_length=None)
    found = cut(exposures(**facts), frame, AS_OF, is_simple=is_simple)
    return [
        (row["part_kind"], round(row["amount"], 9), row["risk_weight"])
        for row in found.iter_rows(named=True)
    ]


GUARANTEE: dict[str, Any] = {"protection_kind": "guarantee", "amount": 40}
CASH: dict[str, Any] = {"protection_kind": "cash", "amount": 30}


def test_collateral_covers_before_guarantees_and_the_lowest_weight_first() -> None:
    better = GUARANTEE | {"provider_class": "sovereign", "provider_rating": "AAA"}
    assert parts(GUARANTEE, better, CASH) == [
        ("collateral", 30.0, 0.0),
        ("guarantee", 40.0, 0.0),
        ("guarantee", 30.0, 0.2),
    ]


def test_protection_of_another_exposure_is_left_out() -> None:
    elsewhere = CASH | {"exposure_id": "2"}
    assert parts(elsewhere) == [("unprotected", 100.0, 1.0)]


def test_a_guarantor_that_weighs_as_much_as_the_debtor_covers_nothing() -> None:
    assert parts(GUARANTEE, risk_weight=0.2) == [("unprotected", 100.0, 0.2)]


def test_first_losses_that_outweigh_the_guarantee_leave_the_exposure_as_it_is() -> None:
    light, heavy = (GUARANTEE | {"first_loss_amount": loss} for loss in (1.0, 4.0))
    assert parts(light) == [
        ("guarantee", 39.0, 0.2),
        ("first_loss", 1.0, 12.5),
        ("unprotected", 60.0, 1.0),
    ]
    assert parts(heavy) == [("unprotected", 100.0, 1.0)]


def test_cre22_14_protection_that_ends_early_counts_in_part() -> None:
    early = GUARANTEE | {"protection_years": 1.0, "original_years": 2.0}
    covered = 40 * (1 - 0.25) / (3 - 0.25)
    assert parts(early)[0] == ("guarantee", round(covered, 9), 0.2)


def test_the_simple_approach_leaves_a_fifth_but_for_cash_and_sovereigns() -> None:
    bond = {"protection_kind": "issuer_high", "amount": 50, "provider_class": "corporate"}
    treasury = {"protection_kind": "sovereign_high", "amount": 50, "provider_class": "sovereign"}
    assert parts(CASH, is_simple=True)[0] == ("collateral", 30.0, 0.0)
    assert parts(bond, is_simple=True)[0] == ("collateral", 50.0, 0.2)
    assert parts(treasury, is_simple=True)[0] == ("collateral", 40.0, 0.0)
    foreign = treasury | {"has_currency_mismatch": True}
    assert parts(foreign, is_simple=True)[0] == ("collateral", 50.0, 0.2)


def test_the_simple_approach_takes_collateral_for_the_whole_life_alone() -> None:
    for years, covered in ((2.999999, 0.0), (3.0, 30.0), (3.000001, 30.0)):
        found = parts(CASH | {"protection_years": years, "original_years": 5.0}, is_simple=True)
        assert sum(part[1] for part in found if part[0] == "collateral") == covered


@pytest.mark.parametrize("kind", PROTECTION_KINDS)
def test_every_kind_of_protection_covers_some_of_an_exposure(kind: str) -> None:
    found = parts({"protection_kind": kind, "amount": 20, "instrument_years": 2.0})
    assert found[0][0] == ("collateral" if kind in COLLATERAL else "guarantee")
    assert 0 < found[0][1] <= 20


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(RiskInputError, match="Unknown asset class: village"):
        parts(GUARANTEE | {"provider_class": "village"})
