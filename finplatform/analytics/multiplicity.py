"""P-values adjusted for multiple testing within a family of tests.

References: Holm (1979) controls the family-wise error rate; Benjamini and Hochberg (1995) control
the false discovery rate.
"""

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's step-down adjusted p-values, in the order given."""
    order = np.argsort(p_values, kind="stable")
    left = p_values.size - np.arange(p_values.size)
    stepped = np.maximum.accumulate(p_values[order] * left)
    adjusted = np.empty(p_values.size)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    """Adjusted p-values that control the false discovery rate, in the order given.

    Args:
        p_values: Shape (tests,); NaN, for a test without a result, stays NaN.
    """
    # Imported here: SciPy loads slower than the rest of the package.
    from scipy.stats import false_discovery_control  # type: ignore[import-untyped]

    adjusted = np.asarray(p_values, dtype=float).copy()
    tested = ~np.isnan(adjusted)
    if tested.any():
        adjusted[tested] = false_discovery_control(adjusted[tested], method="bh")
    return adjusted
