"""The exposure classes of the IRB approach, their codes in arrays and their correlation rules.

A class is matched by its exact value, never by part of a name. Risk weights belong to
`standardised` and `irb`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np

from finplatform.risk.arrays import CodeArray
from finplatform.risk.errors import RiskInputError


class ExposureClass(StrEnum):
    """A class of exposures with its own risk-weight function (CRE30.4, CRE30.19-30.25).

    A class's position is its code in arrays: see `class_codes`.
    """

    CORPORATE = "corporate"
    RESIDENTIAL_MORTGAGE = "residential_mortgage"
    QRRE = "qrre"
    OTHER_RETAIL = "other_retail"

    @property
    def code(self) -> int:
        """The class as a small number, for arrays."""
        return _CODES[self]


_CODES = {member: position for position, member in enumerate(ExposureClass)}

CORRELATION_RULES: Mapping[ExposureClass, str] = {
    ExposureClass.CORPORATE: "CRE31.5:corporate_correlation",
    ExposureClass.RESIDENTIAL_MORTGAGE: "CRE31.14:mortgage_correlation",
    ExposureClass.QRRE: "CRE31.15:qrre_correlation",
    ExposureClass.OTHER_RETAIL: "CRE31.16:other_retail_correlation",
}
"""Rule of the asset correlation R in the risk-weight function of each class."""


def class_codes(exposure_class: Any) -> CodeArray:
    """Return the codes of the classes named.

    Args:
        exposure_class: One class or an array of them, each an `ExposureClass` or its exact value;
            or codes already made (an `int8` array).

    Returns:
        Codes in the shape of the input: the position of each class in `ExposureClass`.

    Raises:
        RiskInputError: If a class is unknown; names it.
    """
    names = np.asarray(exposure_class)
    if names.dtype == np.int8:
        codes = names
        unknown = (codes < 0) | (codes >= len(ExposureClass))
    else:
        codes = np.full(names.shape, -1, dtype=np.int8)
        for member in ExposureClass:
            codes[names == member.value] = member.code
        unknown = codes < 0
    if unknown.any():
        named = sorted({str(name) for name in names[unknown].ravel()})
        raise RiskInputError(
            f"Unknown exposure class: {', '.join(named)}.",
            f"Use one of: {', '.join(ExposureClass)}.",
        )
    return codes
