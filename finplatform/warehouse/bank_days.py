"""The zone of the bank's business days, in which every session of the warehouse runs.

A session in that zone casts an instant to the bank's day, and a day to its first instant. Belongs
here: reading the zone before the first connection. Does not belong here: the validation of the
entry (see `finplatform.ingest.connectors.config`).
"""

import yaml

from finplatform.settings import Settings


def bank_timezone(settings: Settings) -> str:
    """`bank.timezone` of the source configuration; UTC without one."""
    try:
        written = yaml.safe_load(settings.sources_file.read_text(encoding="utf-8"))
        zone = written["bank"]["timezone"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError):
        return "UTC"
    return str(zone)
