"""The job that deletes old rows of operational tables.

Does not belong here: the retention periods (`finplatform.warehouse.retention`), and the schedule.
"""

import logging

import dagster as dg

from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.warehouse.retention import delete_old_rows

LOGGER = logging.getLogger(__name__)

RETENTION = "retention"


@dg.op(name="delete_old_rows")
def delete_old(warehouse: WarehouseResource) -> None:
    """Deletes rows beyond the retention of the settings."""
    days = warehouse.settings.retention_days
    with warehouse.warehouse.connect() as connection:
        deleted = delete_old_rows(connection, days)
    for table, rows in deleted.items():
        LOGGER.info("Deleted %s rows of %s that were older than %s days.", rows, table, days)


def build_retention_job() -> dg.JobDefinition:
    """The job."""

    @dg.job(name=RETENTION, description="Deletes old rows of operational tables.")
    def retention() -> None:
        delete_old()

    return retention
