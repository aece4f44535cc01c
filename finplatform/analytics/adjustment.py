"""Many tests at once: p-values adjusted so that few discoveries are false.

Belongs here: adjustments of p-values. Does not belong here: the tests that the p-values are of.
"""

import numpy as np


def benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    """Adjusted p-values that control the false discovery rate.

    Calling everything below `q` a discovery makes at most a share `q` of discoveries false on
    average, for tests that are independent or positively dependent (Benjamini and Hochberg 1995;
    Benjamini and Yekutieli 2001).

    Args:
        p_values: Shape (tests,); NaN marks a test that could not be made and stays NaN.

    Returns:
        Adjusted p-values in the same order, none below its own p-value.
    """
    p_values = np.asarray(p_values, dtype=float)
    adjusted = np.full(p_values.shape, np.nan)
    made = np.flatnonzero(~np.isnan(p_values))
    if made.size == 0:
        return adjusted
    order = made[np.argsort(p_values[made], kind="stable")]
    raised = p_values[order] * made.size / np.arange(1, made.size + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return adjusted
