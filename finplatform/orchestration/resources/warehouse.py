"""The warehouse as a Dagster resource.

The database is opened once per process, at its first use, so that loading the definitions needs no
server.
"""

from functools import cached_property

import dagster as dg

from finplatform.settings import Settings, export
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.dbt import dbt_environment


class WarehouseResource(dg.ConfigurableResource):
    """The platform's database.

    Attributes:
        settings: Settings of the code location.
    """

    settings: dg.ResourceDependency[Settings]

    @cached_property
    def warehouse(self) -> Warehouse:
        """The open warehouse; starts the embedded server if it is not running."""
        return open_warehouse(self.settings)

    @property
    def url(self) -> str:
        """Libpq URL."""
        return self.warehouse.url

    @property
    def batch_rows(self) -> int:
        """Rows of a batch."""
        return self.settings.batch_rows

    def export_dbt_environment(self) -> None:
        """Sets the environment variables of the dbt profile."""
        export(dbt_environment(self.settings, self.warehouse.location))
