"""Inputs as arrays: conversion, and refusal of invalid values.

Belongs here: checks shared by the formulas, each naming the input and the offending positions.
Checks over whole tables of exposures belong to `exposure_checks`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from finplatform.risk.errors import RiskInputError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
CodeArray = npt.NDArray[np.int8]

# A loss above the whole exposure is possible (costs of recovery); this far above, it is a loss
# rate in percent that was passed as a fraction.
HIGHEST_LOSS_RATE = 2.0

_SHOWN = 5


def refuse(name: str, offending: npt.NDArray[np.bool_], what: str, hint: str) -> None:
    """Raise if any position offends.

    Args:
        name: Name of the input, for the message.
        offending: True where the input cannot be taken.
        what: Description of the error, such as "is missing (NaN)".
        hint: Remedy.

    Raises:
        RiskInputError: If any position offends; names the input and the first positions.
    """
    if not offending.any():
        return
    positions = np.flatnonzero(offending)
    shown = ", ".join(str(position) for position in positions[:_SHOWN])
    more = ", ..." if len(positions) > _SHOWN else ""
    raise RiskInputError(f"{name} {what} at {len(positions)} position(s): {shown}{more}.", hint)


def numbers(name: str, values: Any) -> FloatArray:
    """Return the values as floats; missing or infinite values are refused.

    Raises:
        RiskInputError: If a value is NaN or infinite.
    """
    array = np.asarray(values, dtype=np.float64)
    refuse(name, np.isnan(array), "is missing (NaN)", f"Give {name} for every exposure.")
    refuse(name, np.isinf(array), "is infinite", f"Give a finite {name}.")
    return array


def fractions(name: str, values: Any, highest: float = 1.0) -> FloatArray:
    """Return the values as floats between 0 and `highest`.

    Raises:
        RiskInputError: If a value is missing or outside the range.
    """
    array = numbers(name, values)
    outside = (array < 0.0) | (array > highest)
    refuse(name, outside, f"is outside 0 to {highest:g}", "Give a fraction: 0.01 is one percent.")
    return array


def amounts(name: str, values: Any) -> FloatArray:
    """Return the values as floats of zero or more.

    Raises:
        RiskInputError: If a value is missing or negative.
    """
    array = numbers(name, values)
    refuse(name, array < 0.0, "is negative", f"Give {name} as an amount of zero or more.")
    return array
