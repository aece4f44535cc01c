"""Metrics of captures, from their records in the warehouse.

Does not belong here: their export to Prometheus (`finplatform.api`).
"""

from finplatform.warehouse.measures import Measure

_NEEDS = ("ops.captured_sources",)

CAPTURE: tuple[Measure, ...] = (
    Measure(
        "capture_age_seconds",
        "Age of the instant up to which a source is captured.",
        "select source, extract(epoch from now() - captured_until) from ops.captured_sources",
        ("source",),
        needs=_NEEDS,
    ),
    Measure(
        "capture_changes",
        "Changes of rows captured.",
        "select source, changes from ops.captured_sources",
        ("source",),
        is_counter=True,
        needs=_NEEDS,
    ),
    Measure(
        "capture_failing",
        "Whether the last capture failed.",
        "select source, (error is not null)::integer from ops.captured_sources",
        ("source",),
        needs=_NEEDS,
    ),
)
"""Change data capture."""
