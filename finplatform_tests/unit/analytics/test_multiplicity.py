import numpy as np
import pytest

from finplatform.analytics.multiplicity import benjamini_hochberg


def test_the_example_of_benjamini_and_hochberg_has_four_discoveries() -> None:
    # Benjamini and Hochberg (1995), section 4: thrombolysis trials.
    p_values = np.array([
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0000,
    ])  # fmt: skip
    assert (benjamini_hochberg(p_values) < 0.05).sum() == 4


def test_a_missing_p_value_is_not_counted() -> None:
    adjusted = benjamini_hochberg(np.array([0.01, np.nan, 0.04]))
    assert np.isnan(adjusted[1])
    assert adjusted[[0, 2]] == pytest.approx([0.02, 0.04])
    assert benjamini_hochberg(np.array([])).size == 0
