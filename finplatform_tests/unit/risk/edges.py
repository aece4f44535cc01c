"""Tables of thresholds: what stands one step below, at and one step above each of them.

Belongs here: the rows of such tables, and one exposure measured from decimals. The thresholds stand
in the tests of their chapters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from finplatform.risk.exposures import NO_OPTIONS, Options, measure

AS_OF = date(2026, 6, 30)
SIDES = ("below", "at", "above")
MONEY, RATE, MILLIONS = pl.Decimal(18, 2), pl.Decimal(18, 9), pl.Decimal(12, 3)
_COLUMNS: dict[str, tuple[Any, Any]] = {
    "drawn": (MONEY, Decimal(100)),
    "undrawn": (MONEY, Decimal(0)),
    "pd": (RATE, Decimal("0.01")),
    "lgd": (RATE, Decimal("0.5")),
    "ltv": (RATE, None),
    "is_defaulted": (pl.Boolean, False),
    "specific_provision": (MONEY, Decimal(0)),
    "turnover_eur_m": (MILLIONS, None),
    "maturity": (RATE, Decimal(2)),
    "is_transactor": (pl.Boolean, False),
    "own_conversion_factor": (RATE, None),
}


@dataclass(frozen=True)
class Edge:
    """One threshold.

    Attributes:
        rule: Rule that holds it, or the module and constant of the bank's own.
        judge: What a figure leads to.
        figures: One step below the threshold, the threshold itself and one step above.
        expected: What they lead to; floats to twelve decimals, all else exactly.
        note: What the row is about, where a rule has several.
    """

    rule: str
    judge: Callable[[Decimal], object]
    figures: tuple[str, str, str]
    expected: tuple[object, object, object]
    note: str = ""


def sides(edges: Sequence[Edge]) -> list[Any]:
    """Parameters `judge, figure, expected` of each side of each edge."""
    return [
        pytest.param(
            edge.judge,
            Decimal(figure),
            pytest.approx(expected, rel=0, abs=1e-12) if isinstance(expected, float) else expected,
            id=f"{edge.rule}{f'-{edge.note}' if edge.note else ''}-{side}",
        )
        for edge in edges
        for side, figure, expected in zip(SIDES, edge.figures, edge.expected, strict=True)
    ]


def measured(exposure_class: str, options: Options = NO_OPTIONS, **facts: Any) -> dict[str, Any]:
    """One exposure of decimals by both approaches."""
    product = facts.pop("product_type", "PERSONAL_LOAN")
    values = {name: [facts.pop(name, default)] for name, (_, default) in _COLUMNS.items()}
    assert not facts
    book = pl.DataFrame(
        {"exposure_id": ["1"], "exposure_class": [exposure_class], "product_type": [product]}
        | values,
        schema_overrides={name: kind for name, (kind, _) in _COLUMNS.items()},
    )
    return measure(book, AS_OF, options).row(0, named=True)
