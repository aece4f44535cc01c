"""All measures of the platform, collected from the packages that declare them."""

from finplatform.cdc.measures import CAPTURE
from finplatform.streaming.measures import STREAM
from finplatform.warehouse.measures import DATABASE, PIPELINE, Measure

MEASURES: tuple[Measure, ...] = (*DATABASE, *PIPELINE, *CAPTURE, *STREAM)
"""Each with its name in Prometheus."""
