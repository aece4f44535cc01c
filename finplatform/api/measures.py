"""All measures of the platform.

Belongs here: putting those of its parts together. A part names its own beside its code.
"""

from finplatform.cdc.measures import CAPTURE
from finplatform.streaming.measures import STREAM
from finplatform.warehouse.measures import DATABASE, PIPELINE, Measure

MEASURES: tuple[Measure, ...] = (*DATABASE, *PIPELINE, *CAPTURE, *STREAM)
"""Each with the name that Prometheus sees."""
