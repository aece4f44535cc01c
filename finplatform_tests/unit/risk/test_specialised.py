"""Specialised lending: the published tables of CRE33 and what keeps them apart."""

import pytest

from finplatform.risk.asset_classes import AssetClass, Characteristics, risk_weight
from finplatform.risk.errors import RiskInputError
from finplatform.risk.specialised import LENDING_KINDS, LendingKind, SlottingCategory, slotting

CATEGORIES = [category.value for category in SlottingCategory]


@pytest.mark.parametrize(
    ("options", "weights", "losses"),
    [
        pytest.param({}, [70, 90, 115, 250, 0], [0.4, 0.8, 2.8, 8, 50], id="cre33_2"),
        pytest.param(
            {"maturity": 2, "has_preferential_weights": True},
            [50, 70, 115, 250, 0],
            [0, 0.4, 2.8, 8, 50],
            id="cre33_4",
        ),
        pytest.param(
            {"is_volatile_property": True}, [95, 120, 140, 250, 0], [0.4, 0.4, 2.8, 8, 50],
            id="cre33_5",
        ),
        pytest.param(
            {"is_volatile_property": True, "maturity": 2, "has_preferential_weights": True},
            [70, 95, 140, 250, 0],
            [0.4, 0.4, 2.8, 8, 50],
            id="cre33_7",
        ),
    ],
)  # fmt: skip
def test_published_weights_and_losses(
    options: dict[str, float], weights: list[float], losses: list[float]
) -> None:
    found = slotting(CATEGORIES, **options)  # type: ignore[arg-type]
    assert [round(100 * weight, 9) for weight in found.weight.tolist()] == weights
    assert [round(100 * loss, 9) for loss in found.expected_loss.tolist()] == losses


def test_cre20_51_kinds_of_lending_and_cre20_52_high_quality() -> None:
    kinds = list(range(len(LENDING_KINDS)))
    unrated = risk_weight(AssetClass.SPECIALISED_LENDING, Characteristics(lending_kind=kinds))
    assert unrated.tolist() == [1.0, 1.0, 1.3, 1.0]
    best = Characteristics(lending_kind=kinds, is_high_quality=True)
    found = risk_weight(AssetClass.SPECIALISED_LENDING, best).tolist()
    place = LENDING_KINDS.index(LendingKind.PROJECT_OPERATIONAL)
    assert found[place] == 0.8
    assert found[:place] == unrated.tolist()[:place]


def test_a_short_maturity_alone_changes_nothing() -> None:
    assert slotting(CATEGORIES, maturity=1).weight.tolist() == slotting(CATEGORIES).weight.tolist()


def test_what_cannot_be_slotted_is_named() -> None:
    with pytest.raises(RiskInputError, match="Unknown supervisory category: superb"):
        slotting(["strong", "superb"])
    with pytest.raises(RiskInputError, match="maturity is negative"):
        slotting("strong", maturity=-1)
