"""The warehouse as a Dagster resource.

Belongs here: opening the database once per process, when it is first used, so that loading the code
touches no server.
"""

from functools import cached_property

import dagster as dg

from finplatform.settings import get_settings
from finplatform.warehouse.database import Warehouse, open_warehouse


class WarehouseResource(dg.ConfigurableResource):
    """The platform's database, as the settings name it."""

    @cached_property
    def warehouse(self) -> Warehouse:
        """The open warehouse; starts the embedded server if it is down."""
        return open_warehouse(get_settings())

    @property
    def url(self) -> str:
        """Libpq URL."""
        return self.warehouse.url

    @property
    def batch_rows(self) -> int:
        """Rows that a bulk step holds in memory."""
        return get_settings().batch_rows
