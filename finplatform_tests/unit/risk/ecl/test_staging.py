"""Properties of stages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.ecl.staging import REASONS, StagingPolicy, stages
from finplatform.risk.errors import RiskInputError

probabilities = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("days", "stage", "reason"),
    [
        (0, 1, "no significant increase"),
        (30, 1, "no significant increase"),
        (31, 2, "IFRS9.5.5.11:backstop_days"),
        (89, 2, "IFRS9.5.5.11:backstop_days"),
        (90, 3, "IFRS9.B5.5.37:default_days"),
    ],
)
def test_ifrs9_5_5_11_and_b5_5_37_days_past_due(days: int, stage: int, reason: str) -> None:
    found = stages(days, 0.01, 0.01)
    assert (int(found.stage), REASONS[int(found.reason)]) == (stage, reason)


@pytest.mark.parametrize(
    ("now", "then", "stage"),
    [(0.02, 0.01, 2), (0.0199, 0.01, 1), (0.0002, 0.0001, 1), (0.30, 0.20, 1), (0.005, 0.0, 2)],
)
def test_a_risen_pd_needs_both_the_ratio_and_the_rise(now: float, then: float, stage: int) -> None:
    assert stages(0, now, then).stage == stage


def test_other_signs_lift_a_loan_and_impairment_comes_first() -> None:
    assert stages(0, 0.01, 0.01, is_watch_listed=True).stage == 2
    assert stages(0, 0.01, 0.01, grade=6, grade_at_origination=3).stage == 2
    assert stages(0, 0.01, 0.01, grade=5, grade_at_origination=3).stage == 1
    impaired = stages(200, 0.9, 0.1, is_impaired=True, is_watch_listed=True)
    assert (impaired.stage, REASONS[int(impaired.reason)]) == (3, "credit-impaired")


@given(st.integers(0, 200), st.integers(0, 200), probabilities, probabilities, probabilities)
def test_a_stage_never_falls_with_days_or_pd(
    one: int, other: int, first: float, second: float, then: float
) -> None:
    assert np.diff(stages(sorted((one, other)), first, then).stage.astype(int)) >= 0
    assert np.diff(stages(0, sorted((first, second)), then).stage.astype(int)) >= 0


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(RiskInputError, match="days_past_due is negative"):
        stages(-1, 0.1, 0.1)
    with pytest.raises(RiskInputError, match="pd_at_origination is outside"):
        stages(0, 0.1, 1.1)
    with pytest.raises(RiskInputError, match="is_watch_listed is no boolean"):
        stages(0, 0.1, 0.1, is_watch_listed=np.array([1.0]))
    with pytest.raises(RiskInputError, match="staging policy"):
        StagingPolicy(pd_ratio=0.5)
