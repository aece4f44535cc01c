"""The warehouse as a Dagster resource.

Belongs here: opening the database once per process, when it is first used, so that loading the code
touches no server.
"""

from functools import cached_property

import dagster as dg

from finplatform.settings import Settings, export
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.dbt import dbt_environment


class WarehouseResource(dg.ConfigurableResource):
    """The platform's database, as the settings name it.

    Attributes:
        settings: Settings of the code location.
    """

    settings: dg.ResourceDependency[Settings]

    @cached_property
    def warehouse(self) -> Warehouse:
        """The open warehouse; starts the embedded server if it is down."""
        return open_warehouse(self.settings)

    @property
    def url(self) -> str:
        """Libpq URL."""
        return self.warehouse.url

    @property
    def batch_rows(self) -> int:
        """Rows that a bulk step holds in memory."""
        return self.settings.batch_rows

    def export_dbt_environment(self) -> None:
        """Sets the variables by which dbt, a child process, finds the database."""
        export(dbt_environment(self.settings, self.warehouse.location))
