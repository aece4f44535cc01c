"""Properties of the standardised weights."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.standardised import (
    WEIGHT_RULES,
    risk_weight,
    weigh,
)

HOME = "residential_mortgage"
money = st.floats(0.0, 1e9)


def provisioned(provision: float) -> dict[str, Any]:
    """A defaulted loan of 100 with that provision."""
    return {"is_defaulted": True, "specific_provision": provision, "outstanding": 100.0}


@pytest.mark.parametrize(
    ("exposure_class", "facts", "weight", "paragraph"),
    [
        ("corporate", {}, 1.00, "CRE20.43"),
        ("corporate", {"turnover_eur_m": 50}, 0.85, "CRE20.47"),
        ("corporate", {"turnover_eur_m": 50.01}, 1.00, "CRE20.43"),
        ("qrre", {}, 0.75, "CRE20.68"),
        ("qrre", {"is_transactor": True}, 0.45, "CRE20.68"),
        ("qrre", {"is_transactor": True, "is_regulatory_retail": False}, 1.00, "CRE20.68"),
        ("other_retail", {"is_transactor": True}, 0.75, "CRE20.68"),
        ("other_retail", {"is_regulatory_retail": False}, 1.00, "CRE20.68"),
        (HOME, {"ltv": 0.75}, 0.30, "CRE20.82"),
        (HOME, {"ltv": 0.75, "is_cash_flow_dependent": True}, 0.45, "CRE20.84"),
        (HOME, {"is_regulatory_retail": False, "ltv": 0.75}, 0.30, "CRE20.82"),
        (HOME, {}, 0.75, "CRE20.89"),
        (HOME, {"is_cash_flow_dependent": True}, 1.50, "CRE20.89"),
        (HOME, {"ltv": 0.2, "is_defaulted": True}, 1.00, "CRE20.107"),
        (HOME, {"is_defaulted": True, "is_cash_flow_dependent": True}, 1.50, "CRE20.106"),
        ("corporate", provisioned(19.99), 1.50, "CRE20.106"),
        ("corporate", provisioned(20.00), 1.00, "CRE20.106"),
        ("qrre", provisioned(50.00), 1.00, "CRE20.106"),
    ],
)
def test_weight_and_paragraph(
    exposure_class: str, facts: dict[str, Any], weight: float, paragraph: str
) -> None:
    weighed = weigh(exposure_class, **facts)
    assert weighed.weight == weight
    assert WEIGHT_RULES[int(weighed.rule)].startswith(f"{paragraph}:")


@pytest.mark.parametrize(("provision", "weight"), [(19, 1.5), (20, 1.0), (49, 1.0), (50, 0.5)])
def test_cre20_106_half_weight_needs_the_supervisors_option(
    provision: float, weight: float
) -> None:
    facts = provisioned(provision)
    assert risk_weight("corporate", **facts, half_weight_option=True) == weight
    assert risk_weight("corporate", **facts) == max(weight, 1.0)


@pytest.mark.parametrize(
    ("exposure_class", "facts", "weight"),
    [
        ("qrre", {}, 1.125),
        ("other_retail", {"is_regulatory_retail": False}, 1.5),
        (HOME, {"ltv": 0.5}, 0.30),
        (HOME, {"ltv": 1.2, "is_cash_flow_dependent": True}, 1.5),
        ("corporate", {}, 1.0),
        ("qrre", provisioned(30), 1.0),
    ],
)
def test_cre20_92_mismatch_multiplies_performing_weights_of_individuals_up_to_150(
    exposure_class: str, facts: dict[str, Any], weight: float
) -> None:
    raised = risk_weight(exposure_class, has_currency_mismatch=True, **facts)
    assert raised == pytest.approx(weight)


@given(st.floats(0.0, 3.0), st.floats(0.0, 3.0), st.booleans())
def test_home_weight_does_not_fall_with_ltv_and_stays_below_unknown_ltv(
    one: float, other: float, rented: bool
) -> None:
    weights = risk_weight(HOME, ltv=[*sorted((one, other)), np.nan], is_cash_flow_dependent=rented)
    assert weights[0] <= weights[1] < weights[2]


def test_inputs_broadcast_and_the_weights_are_the_callers_own() -> None:
    weighed = weigh(
        "qrre", is_transactor=[[True], [False]], has_currency_mismatch=[True, False, False]
    )
    assert weighed.weight.shape == weighed.rule.shape == weighed.is_mismatched.shape == (2, 3)
    weighed.weight[:] = 0.0
    assert risk_weight("qrre") == 0.75


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"exposure_class": "bank"}, "Unknown exposure class: bank"),
        ({"ltv": [0.5, -0.1]}, r"ltv is negative at 1 position\(s\): 1"),
        ({"turnover_eur_m": -1}, "turnover_eur_m is negative"),
        ({"specific_provision": -1}, "specific_provision is negative"),
        ({"specific_provision": np.nan}, "specific_provision is missing"),
        ({"specific_provision": 1}, "outstanding is zero"),
        ({"outstanding": 1e17}, "outstanding is too large"),
    ],
)
def test_an_input_that_no_rule_can_weigh_is_named(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(RiskInputError, match=message):
        risk_weight(**({"exposure_class": "corporate"} | facts))
