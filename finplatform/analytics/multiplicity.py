"""Many tests at once: p-values that hold for the whole family.

Belongs here: adjustments. Does not belong here: what belongs to a family.

References: Holm (1979), which keeps the chance of even one false finding; Benjamini and Hochberg
(1995), which keeps the expected share of false ones among the findings.
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
    """Step-up adjusted p-values of the false discovery rate, in the order given."""
    order = np.argsort(p_values, kind="stable")
    factor = p_values.size / np.arange(1, p_values.size + 1)
    stepped = np.minimum.accumulate((p_values[order] * factor)[::-1])[::-1]
    adjusted = np.empty(p_values.size)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
