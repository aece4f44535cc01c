"""Loss given default where the bank has no estimate of its own yet.

Expert figures per exposure class, chosen above what retail lenders publish, so that capital is not
understated before losses have been observed. Belongs here: these figures and their application.
Does not belong here: the regulatory floors and the foundation LGD (see `components`).
"""

from collections.abc import Mapping

import polars as pl

from finplatform.risk.exposure_class import ExposureClass

EXPERT_LGD: Mapping[ExposureClass, float] = {
    ExposureClass.RESIDENTIAL_MORTGAGE: 0.20,
    ExposureClass.QRRE: 0.75,
    ExposureClass.OTHER_RETAIL: 0.55,
}
"""LGD as a fraction; a corporate has none, which means the foundation approach (CRE32.6)."""


def expert_lgd(exposure_class: pl.Expr) -> pl.Expr:
    """LGD per exposure class, null for a corporate."""
    return exposure_class.replace_strict(
        {member.value: lgd for member, lgd in EXPERT_LGD.items()},
        default=None,
        return_dtype=pl.Float64,
    )
